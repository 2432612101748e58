import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256Hex } from './atomic-file.ts'
import { byText, hashFiles, listFiles } from './bundle-files.ts'
import { createCanonicalCheck, notCanonical } from './canonical-check.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { envelopeSchema, fromBase64, type Statement, signatureHolds, statementSchema } from './dsse.ts'
import { envelopeFile, type Manifest, manifestFile, manifestSchema, timestampFile } from './manifest.ts'
import { linesOf } from './read-bundle.ts'
import { chunksOf, withoutWaiting } from './read-chunks.ts'
import { keyIdOf } from './signer.ts'
import { readTimestamp } from './timestamp.ts'

/** What the seal of a bundle says, as far as it could be read, and what was found of it. */
export type SealRead = { id?: string; manifest?: Manifest; signer?: Statement['predicate']['signer']; timestamp?: string; checks: Check[] }

const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)

const decoded = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

const readOr = async (dir: string, file: string, problems: Problem[]): Promise<Uint8Array | undefined> => {
  try {
    return new Uint8Array(await readFile(join(dir, file), { flag: withoutWaiting }))
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    problems.push({ file, why: missing ? 'it is not there: the bundle is not sealed' : reasonOf(error) })
    return undefined
  }
}

const parseCanonical = <T>(bytes: Uint8Array, schema: z.ZodType<T>, file: string, problems: Problem[]): T | undefined => {
  try {
    const text = decoded(bytes)
    const why = notCanonical(text)
    if (why !== undefined) {
      problems.push({ file, why })
      return undefined
    }
    return schema.parse(JSON.parse(text))
  } catch (error) {
    problems.push({ file, why: reasonOf(error) })
    return undefined
  }
}

const readStatement = (bytes: Uint8Array, problems: Problem[]) => {
  const envelope = parseCanonical(bytes, envelopeSchema, envelopeFile, problems)
  const [signed] = envelope?.signatures ?? []
  if (!envelope || !signed) return undefined
  const [payload, signature] = [fromBase64(envelope.payload), fromBase64(signed.sig)]
  if (!payload || !signature) {
    problems.push({ file: envelopeFile, why: 'its base64 is not in the one form that base64 has' })
    return undefined
  }
  const statement = parseCanonical(payload, statementSchema, envelopeFile, problems)
  return statement && { statement, payload, signature, keyid: signed.keyid }
}

const keyOf = ({ publicKey }: Statement['predicate']['signer']): KeyObject =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })

const wrongSignature = (read: NonNullable<ReturnType<typeof readStatement>>, given: KeyObject | undefined): string | undefined => {
  const { statement, payload, signature, keyid } = read
  const { signer } = statement.predicate
  try {
    const own = keyOf(signer)
    if (keyIdOf(own) !== signer.keyId || keyid !== signer.keyId) return 'the key id is not that of the key that it names'
    if (own.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return `it says ${signer.algorithm}, and its key is another`
    if (given && keyIdOf(given) !== signer.keyId)
      return `it was signed with the key ${signer.keyId}, not with the one that was given (${keyIdOf(given)})`
    return signatureHolds(payload, signature, given ?? own) ? undefined : 'the signature does not hold'
  } catch (error) {
    return `the signature cannot be checked: ${reasonOf(error)}`
  }
}

const signerCheck = (signer: Statement['predicate']['signer'] | undefined, given: KeyObject | undefined): Check => {
  if (!signer) return notChecked('signer', 'there is no signer to speak of')
  if (given) return checkOf('signer', `signed with the key that was given (${signer.keyId})`, [])
  const what =
    signer.key === 'installation'
      ? 'it is a key of the installation that wrote the bundle, which proves no more than that the bundle is unchanged since that installation wrote it'
      : 'whose it is was not checked: give the public key that you trust with --key'
  return notChecked('signer', `the key ${signer.keyId} is the one that the bundle itself names; ${what}`)
}

const subjectsOf = ({ subject }: Statement): ReadonlyMap<string, string> =>
  new Map(subject.map(({ name, digest }) => [name, digest.sha256]))

const timestampProblem = (bytes: Uint8Array | undefined, stated: string | undefined, id: string): { problem?: string; at?: string } => {
  if (bytes === undefined) return stated === undefined ? {} : { problem: 'the statement names a time stamp, and there is none' }
  if (stated !== sha256Hex(bytes)) return { problem: 'it is not the time stamp that was signed' }
  try {
    const says = readTimestamp(bytes)
    return says.sha256 === id ? { at: says.at } : { problem: `it speaks of other data: ${says.sha256}` }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** Signature, statement, manifest and time stamp of a bundle; not its other files. `key`: the public key that must have signed. */
export const readSeal = async (dir: string, key?: KeyObject): Promise<SealRead> => {
  const problems: Problem[] = []
  const bytes = await readOr(dir, manifestFile, problems)
  const envelope = await readOr(dir, envelopeFile, problems)
  const stamp = await readFile(join(dir, timestampFile), { flag: withoutWaiting }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') problems.push({ file: timestampFile, why: error.message })
    return undefined
  })
  const manifest = bytes && parseCanonical(bytes, manifestSchema, manifestFile, problems)
  const read = envelope && readStatement(envelope, problems)
  const id = bytes && sha256Hex(bytes)
  const wrong = read && wrongSignature(read, key)
  if (wrong !== undefined) problems.push({ file: envelopeFile, why: wrong })
  const subjects = read && subjectsOf(read.statement)
  if (subjects && id !== undefined && subjects.get(manifestFile) !== id)
    problems.push({
      file: manifestFile,
      why: `it is not the manifest that was signed: its SHA-256 is ${id}, signed was ${subjects.get(manifestFile)}`,
    })
  if (read && manifest && read.statement.predicate.run !== manifest.run)
    problems.push({ file: manifestFile, why: 'it names another run than what was signed' })
  const time = subjects && id !== undefined ? timestampProblem(stamp && new Uint8Array(stamp), subjects.get(timestampFile), id) : {}
  if (time.problem !== undefined) problems.push({ file: timestampFile, why: time.problem })
  const signer = read?.statement.predicate.signer
  const checks = [checkOf('signature', 'manifest and signature agree', problems), signerCheck(signer, key)]
  if (time.at !== undefined)
    checks.push(
      notChecked(
        'time stamp',
        `it speaks of this manifest and says ${time.at}; the authority's own signature was not checked: «openssl ts -verify -in ${timestampFile} -data ${manifestFile} -CAfile ROOT» does`,
      ),
    )
  return {
    checks,
    ...(id !== undefined && { id }),
    ...(manifest && { manifest }),
    ...(signer && { signer }),
    ...(time.at !== undefined && { timestamp: time.at }),
  }
}

/** Whether every file is as the manifest has it, and nothing else lies there. */
export const checkFiles = async (dir: string, manifest: Manifest): Promise<Check> => {
  const { files, refused } = await listFiles(dir)
  const own = new Set<string>([manifestFile, envelopeFile, timestampFile])
  const named = new Map(manifest.files.map((file) => [file.path, file]))
  const problems: Problem[] = refused.map(({ path, why }) => ({ file: path, why }))
  if (manifest.files.some(({ path }, at) => own.has(path) || (at > 0 && byText(manifest.files[at - 1]?.path ?? '', path) >= 0)))
    problems.push({ file: manifestFile, why: 'its files are not in order, or one stands there twice, or one is of the seal itself' })
  const present = files.filter((path) => !own.has(path))
  for (const path of present) if (!named.has(path)) problems.push({ file: path, why: 'the manifest does not name it' })
  const seen = new Set(present)
  for (const path of named.keys()) if (!seen.has(path)) problems.push({ file: path, why: 'the manifest names it, and it is not there' })
  const known = present.filter((path) => named.has(path))
  for (const { path, size, sha256 } of await hashFiles(dir, known)) {
    const expected = named.get(path)
    if (expected && (expected.sha256 !== sha256 || expected.size !== size))
      problems.push({ file: path, why: `it was changed: its SHA-256 is ${sha256}, the manifest has ${expected.sha256}` })
  }
  return checkOf('files', `${manifest.files.length} files are as the manifest has them, and there is no other`, problems)
}

const textProblem = (bytes: Uint8Array): string | undefined => {
  try {
    return notCanonical(decoded(bytes))
  } catch (error) {
    return reasonOf(error)
  }
}

const documentProblem = async (path: string): Promise<string | undefined> => {
  const check = createCanonicalCheck()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    for await (const chunk of chunksOf(path)) {
      const wrong = check.feed(decoder.decode(chunk, { stream: true }))
      if (wrong !== undefined) return wrong
    }
    return check.feed(decoder.decode()) ?? check.end()
  } catch (error) {
    return reasonOf(error)
  }
}

const lineProblems = async (dir: string, file: string): Promise<Problem[]> => {
  const problems: Problem[] = []
  let number = 0
  for await (const line of linesOf(join(dir, file))) {
    const why = textProblem(line)
    number++
    if (why !== undefined) problems.push({ file, why: `line ${number}: ${why}` })
  }
  return problems
}

/** Whether every JSON document and every line of a ledger is in canonical form, so that two readers cannot read two things in it. */
export const checkCanonical = async (dir: string, manifest: Manifest): Promise<Check> => {
  const problems: Problem[] = []
  let count = 0
  for (const { path } of manifest.files.filter((file) => /\.(json|ndjson)$/.test(file.path))) {
    count++
    if (path.endsWith('.ndjson')) for (const problem of await lineProblems(dir, path)) problems.push(problem)
    else {
      const why = await documentProblem(join(dir, path))
      if (why !== undefined) problems.push({ file: path, why })
    }
  }
  return checkOf('canonical form', `${count} JSON files are in canonical form`, problems)
}
