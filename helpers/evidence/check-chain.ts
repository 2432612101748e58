import { dirname, resolve } from 'node:path'
import { type SealedBundle, sealedBundles } from './chain.ts'
import { readSeal } from './check-seal.ts'
import { type Check, checkOf, notChecked, type Problem } from './checks.ts'
import { historyFile, readHistory } from './history-file.ts'
import { type Manifest, manifestFile } from './manifest.ts'

/**
 * The chain of a cluster's runs, backwards from one bundle, and the history of the folder that it lies in. A run that was taken away is named. Where the folder has
 * nothing else of this cluster, a bundle was taken out of its folder, and the chain cannot be checked.
 */
export const checkChain = async (dir: string, id: string, manifest: Manifest, keyId: string): Promise<Check> => {
  const root = dirname(resolve(dir))
  const bundles = await sealedBundles(root)
  const byId = new Map(bundles.map((bundle) => [bundle.id, bundle]))
  const history = await readHistory(root)
  const own = history.entries.filter(({ cluster }) => cluster === manifest.cluster)
  const others = bundles.filter((bundle) => bundle.id !== id && bundle.manifest.cluster === manifest.cluster)
  if (others.length === 0 && own.length === 0)
    return manifest.previous === null
      ? checkOf('chain', 'it says that it is the first run of its cluster, and its folder shows no other', [])
      : notChecked(
          'chain',
          `the run before this one, ${manifest.previous.run} (${manifest.previous.id}), is not in its folder, and neither is any other of this cluster`,
        )
  const problems: Problem[] = []
  const missing = new Set<string>()
  let length = 1
  const keys = new Set([keyId])
  const before = new Set<string>()
  for (let link = manifest.previous; link !== null && length <= bundles.length; length++) {
    const found = byId.get(link.id)
    if (found?.manifest.cluster !== manifest.cluster || found.manifest.run !== link.run) {
      problems.push({ file: manifestFile, why: `the run ${link.run} (${link.id}) comes before, and was taken away or changed` })
      missing.add(link.id)
      break
    }
    before.add(found.id)
    const seal = await readSeal(found.dir)
    for (const problem of seal.checks.filter(({ state }) => state === 'fails').flatMap((check) => check.problems))
      problems.push({ file: `../${link.run}/${problem.file}`, why: `of the run ${link.run}, which comes before: ${problem.why}` })
    if (seal.signer) keys.add(seal.signer.keyId)
    link = found.manifest.previous
  }
  for (const { line, why } of history.broken) problems.push({ file: `../${historyFile}`, why: `line ${line}: ${why}` })
  for (const entry of own) {
    if (!byId.has(entry.id) && !missing.has(entry.id) && entry.id !== id)
      problems.push({
        file: `../${historyFile}`,
        why: `the run ${entry.run} (${entry.id}) was sealed here on ${entry.at}, and was taken away or changed`,
      })
  }
  const follows = ({ manifest: { previous } }: SealedBundle): boolean => {
    let link = previous
    for (let steps = 0; link !== null && link.id !== id && steps < bundles.length; steps++)
      link = byId.get(link.id)?.manifest.previous ?? null
    return link?.id === id
  }
  const aside = others.filter((one) => !before.has(one.id) && !follows(one)).map(({ manifest: { run } }) => run)
  const beside = aside.length > 0 ? `; of the same cluster, and neither before nor after this one in its chain: ${aside.join(', ')}` : ''
  const signed = keys.size > 1 ? `, signed with ${keys.size} different keys` : ''
  return checkOf('chain', `${length === 1 ? 'one run' : `${length} runs`} of ${manifest.cluster}, none missing${signed}${beside}`, problems)
}
