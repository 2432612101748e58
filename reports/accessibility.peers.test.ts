import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axeCore from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reports } from './index.ts'
import { hostile, mixed, threeNodes } from './sample-input.ts'

const axe = axeCore.source

let browser: Browser
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-page-'))
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

const inputs = { mixed, hostile, threeNodes: threeNodes() }

const open = async (
  name: keyof typeof inputs,
  colorScheme: 'light' | 'dark',
  javaScriptEnabled = true,
): Promise<{ page: Page; asked: string[] }> => {
  const file = join(folder, `${name}.html`)
  await writeFile(file, reports.html.report(inputs[name]))
  // The page's own policy forbids scripts; axe gets in beside it, and the policy itself is tested with it in force.
  const context = await browser.newContext({ colorScheme, bypassCSP: javaScriptEnabled, javaScriptEnabled })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(pathToFileURL(file).href)
  return { page, asked }
}

describe.each(['light', 'dark'] as const)('report.html, %s', (scheme) => {
  it.each(Object.keys(inputs) as (keyof typeof inputs)[])('of %s has no breach that axe knows', async (name) => {
    const { page } = await open(name, scheme)
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true
    })
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const { axe: loaded } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      const found = await loaded.run()
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)
    })
    expect(violations).toEqual([])
    await page.context().close()
  })
})

it('asks for nothing but itself, and needs no script', async () => {
  const { page, asked } = await open('hostile', 'light', false)
  expect(asked).toHaveLength(1)
  expect(await page.locator('h1').innerText()).toContain('Cluster')
  expect(await page.locator('details[open]').count()).toBeGreaterThan(0)
  await page.context().close()
})

it('can be gone through with a keyboard: the skip link first, then every link, block and wide table', async () => {
  const { page } = await open('mixed', 'light')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
  expect(await page.locator('.scroll:not([tabindex="0"]), [tabindex]:not([tabindex="0"])').count()).toBe(0)
  await page.context().close()
})

it('is no wider than a small screen', async () => {
  const { page } = await open('threeNodes', 'light')
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await page.context().close()
})
