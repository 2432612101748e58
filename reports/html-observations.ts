import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { canonicalJson } from '../helpers/evidence/canonical-json.ts'
import type { Observation } from '../helpers/evidence/model.ts'
import type { Conversation, Places } from './conversations.ts'
import { breakable, clipped, type Row, rowHead, sorted, subjectName, table, terms } from './html-parts.ts'

/** A value whose text is longer is only counted: all of it is in the bundle, under the id of its observation. */
const valueLimit = 160

const valueText = (value: Observation['data'][string]): string => {
  const text = typeof value === 'string' ? value : canonicalJson(value)
  return text.length > valueLimit ? `… ${text.length} characters` : text
}

// Hashes are text, not links: a browser that opens a stored blob would guess its type, and a blob is what a stranger sent.
const hash = (sha256: string): ComponentChild => h('code', null, sha256)

const common = ['kind', 'means', 'source', 'requirement', 'subject'] as const
const headings = { kind: 'kind', means: 'means', source: 'source', requirement: 'recorded for', subject: 'subject' } as const

const namesIn = (records: readonly Readonly<Record<string, unknown>>[]): string[] =>
  [...new Set(records.flatMap((one) => Object.keys(one)))].sort()

const memberOf = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const dataCell = ({ data }: Observation, name: string): ComponentChild => {
  const value = memberOf(data, name)
  return h('td', null, value === undefined ? '' : valueText(value))
}

const blobLines = ({ blobs }: Observation): ComponentChildren[] =>
  sorted(blobs).map(([name, sha256], index) => [index > 0 ? h('br', null) : '', name, ' ', hash(sha256)])

const one = (found: Observation): ComponentChild =>
  terms([
    ['observation', h('code', null, found.id)],
    ...common.map((name): Row => [headings[name], breakable(found[name])]),
    ['time', h('time', null, found.at)],
    ...sorted(found.data).map(([name, value]): Row => [name, valueText(value)]),
    ...sorted(found.blobs).map(([name, sha256]): Row => [`sha256 of ${name}`, hash(sha256)]),
  ])

const several = (found: readonly Observation[], caption: string): ComponentChildren => {
  const shared = common.filter((name) => new Set(found.map((each) => each[name])).size === 1)
  const own = common.filter((name) => !shared.includes(name))
  const names = namesIn(found.map(({ data }) => data))
  const head = ['observation', 'time', ...own.map((name) => headings[name]), ...names, 'SHA-256 of its bytes']
  const rows = found.map((each) =>
    h(
      'tr',
      null,
      rowHead(each.id),
      h('td', null, each.at),
      own.map((name) => h('td', null, each[name])),
      names.map((name) => dataCell(each, name)),
      h('td', null, blobLines(each)),
    ),
  )
  return [terms(shared.map((name): Row => [headings[name], breakable(found[0]?.[name] ?? '')])), table(caption, head, rows)]
}

const missing = (ids: readonly string[]): ComponentChild | null =>
  ids.length > 0
    ? h(
        'p',
        null,
        'Not in the bundle: ',
        ids.map((id, index) => [index > 0 ? ', ' : '', h('code', null, id)]),
      )
    : null

const titleOf = ({ observations, findings }: Conversation): string => {
  const count = `${observations.length} ${observations.length === 1 ? 'observation' : 'observations'}`
  const about = [...new Set(findings.map(({ subject }) => clipped(subjectName(subject), 120)))]
  const names = about.length > 5 ? `${about.slice(0, 5).join(', ')} and ${about.length - 5} more` : about.join(', ')
  return about.length > 0 ? `${count} of ${names}` : `${count} on which no finding rests`
}

const conversationBlock = (conversation: Conversation, { anchorOf }: Places): ComponentChild => {
  const { observations, findings, anchor } = conversation
  const found = observations.filter((each) => typeof each !== 'string')
  const [first, ...others] = found
  const links = findings
    .slice(0, 50)
    .map((finding, index) => [index > 0 ? ', ' : '', h('a', { href: `#${anchorOf(finding)}` }, finding.requirement)])
  return h(
    'details',
    { class: 'conversation' },
    h('summary', null, titleOf(conversation)),
    // The anchor is inside, so that a browser opens the block for whoever follows a link to it.
    h('div', { id: anchor }, links.length > 0 ? h('p', null, 'Rests on it: ', links) : null),
    first && others.length === 0 ? one(first) : found.length > 0 ? several(found, `Observations, list ${anchor.replace('o-', '')}`) : null,
    missing(observations.filter((each) => typeof each === 'string')),
  )
}

/** How a finding names what it rests on: by link, for what several findings share is listed once. */
export const restsOn = (conversations: readonly Conversation[], isListed: (each: Conversation) => boolean): ComponentChildren =>
  conversations.length === 0
    ? 'no observation'
    : conversations.map((conversation, index) => {
        const { anchor, observations } = conversation
        const words = observations.length === 1 ? '1 observation' : `${observations.length} observations`
        return [index > 0 ? ', ' : '', isListed(conversation) ? h('a', { href: `#${anchor}` }, words) : `${words} of the bundle`]
      })

/** Every observation of the bundle, once, with the time, the means and the hashes of the bytes that were stored. */
export const observationLists = (places: Places): ComponentChild[] => [
  h(
    'p',
    null,
    'What was recorded before anything was judged, each observation once. The bytes are in the bundle, each under its SHA-256 in observations/blobs; of a long value only the length is told here.',
  ),
  h('p', { class: 'printed' }, 'The lists themselves are not printed: they are in report.html and, with all bytes, in the bundle.'),
  places.unlisted > 0 ? h('p', null, `Another ${places.unlisted} observations are in the bundle and not listed here.`) : null,
  ...places.conversations.map((conversation) => conversationBlock(conversation, places)),
]
