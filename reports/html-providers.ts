import { type ComponentChild, h } from 'preact'
import { type ProofPlace, proofPlaces, providerProofs } from '../helpers/policy/provider-proofs.ts'
import { rowHead, table } from './html-parts.ts'

const titles: Readonly<Record<ProofPlace, string>> = {
  kind: 'kind: nodes are containers',
  machine: 'machine: nodes have a kernel of their own',
  standing: 'a cluster that the run did not make',
}

/** Where files or single listeners were judged there is no cluster whose place could matter. */
const hasCluster = (provider: string): boolean => provider !== 'scan' && provider !== 'probe'

/** What each kind of place can prove, as a table; the one of this run is marked. */
export const providerTable = (provider: string): ComponentChild =>
  hasCluster(provider) &&
  table(
    'What each place can prove',
    ['requirements', ...proofPlaces.map((place) => (place === provider ? `${titles[place]} (this run)` : titles[place]))],
    providerProofs.map(({ what, requirements, ...places }) =>
      h(
        'tr',
        null,
        rowHead(what, h('div', { class: 'faint' }, requirements.join(', '))),
        proofPlaces.map((place) => h('td', null, places[place].words)),
      ),
    ),
  )

/** The same as lines of Markdown; its texts are all the project’s own. */
export const providerLines = (provider: string): string[] =>
  hasCluster(provider)
    ? [
        '## What each place can prove',
        '',
        `| requirements | ${proofPlaces.map((place) => (place === provider ? `${titles[place]} (this run)` : titles[place])).join(' | ')} |`,
        '|---|---|---|---|',
        ...providerProofs.map(
          ({ what, requirements, ...places }) =>
            `| ${what} (${requirements.join(', ')}) | ${proofPlaces.map((place) => places[place].words).join(' | ')} |`,
        ),
        '',
      ]
    : []
