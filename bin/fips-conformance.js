#!/usr/bin/env node
// Plain JavaScript that Node 12 can still parse: the only file of the project that an old Node ever sees.
import { existsSync } from 'fs'
import { homedir } from 'os'
import { join } from 'path'
import { fileURLToPath } from 'url'

const needed = 24
const source = new URL('../helpers/cli/main.ts', import.meta.url)
const inCheckout = existsSync(fileURLToPath(source))

const print = (code, what, details) => {
  const lines = details.map(([label, text]) => `  ${`${label}:`.padEnd(7)}${text.replace(/\n/g, '\n         ')}`)
  process.stderr.write(`${[`error ${code}: ${what}`, ...lines].join('\n')}\n`)
}

// A crash must never look like a finding: exit code 1 says that a claimed requirement fails (70 is EX_SOFTWARE of sysexits.h).
const crash = (error) => {
  print('INTERNAL', 'an error that fips-conformance did not expect; this is a defect of the tool, not a verdict about a cluster', [
    ['where', process.argv.slice(2).join(' ') || '(no arguments)'],
    ['why', String((error && error.stack) || error)],
    ['do', 'run the same command again; if it fails the same way, report it with the lines above'],
  ])
  process.exit(70)
}

// A reader that went away (`... | head`) is no defect, and a run that is under way still has a cluster to remove.
const unlessUnread = (error) => {
  if (error.code !== 'EPIPE') crash(error)
}

const run = () => {
  process.stdout.on('error', unlessUnread)
  process.stderr.on('error', unlessUnread)
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  // Compiled code is kept beside the other caches: it halves the time that a scan of one file takes to start.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  import('module')
    .then(({ enableCompileCache }) => enableCompileCache(join(caches, 'fips-conformance', 'compiled')))
    .then(() => import(inCheckout ? source.href : new URL('../dist/helpers/cli/main.js', import.meta.url).href))
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
    .catch(crash)
}

if (Number(process.versions.node.split('.')[0]) >= needed) {
  run()
} else {
  print('NODE_TOO_OLD', `fips-conformance needs Node ${needed} or newer`, [
    ['where', `${process.execPath} is Node ${process.versions.node}`],
    ['why', 'it uses what older releases do not have'],
    inCheckout
      ? ['do', 'run it through npm, which takes the Node that npm ci installed: npm run conformance, or npx fips-conformance ...']
      : ['do', `install Node ${needed} or newer, then run the same command again`],
  ])
  process.exitCode = 3
}
