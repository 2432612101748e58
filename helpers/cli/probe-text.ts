import { type Styler, wrap } from '../evidence/summary-table.ts'
import { visible } from '../evidence/visible.ts'
import { shown } from '../policy/code-points.ts'
import type { TlsProfile } from '../policy/profiles.ts'
import { algorithmsOf, sshFields } from '../rules/ssh.ts'
import type { ListenerFacts } from '../tls/analyse/listener.ts'
import type { Probed } from './probe-endpoint.ts'
import { endpointName } from './probe-target.ts'

const width = 100
const labelWidth = 24

/** A label and a text beside it, broken at 100 columns. */
const row = (label: string, text: string, style: (text: string) => string = (one) => one): string[] => {
  const lines = wrap(visible(text), width - labelWidth - 4)
  return (lines.length === 0 ? [''] : lines).map((line, index) => {
    const head = index === 0 ? style(label) + ' '.repeat(Math.max(0, labelWidth - label.length)) : ' '.repeat(labelWidth)
    return `  ${head}  ${line}`.trimEnd()
  })
}

const acceptedRows = ({ accepted, certificates }: ListenerFacts): string[] => {
  const versions = [...new Set(accepted.map(({ version }) => version))].toSorted()
  const suites = versions.flatMap((version) => {
    const own = [...new Set(accepted.filter((point) => point.version === version).map(({ suite }) => suite))].toSorted()
    return row(`accepts ${shown('version', version).replace(/ \(.*/, '')}`, own.map((code) => shown('suite', code)).join(', '))
  })
  const of = (kind: 'group' | 'scheme'): string =>
    [...new Set(accepted.flatMap((point) => point[kind] ?? []))]
      .toSorted()
      .map((code) => shown(kind, code))
      .join(', ')
  return [
    ...suites,
    ...(of('group') ? row('accepts groups', of('group')) : []),
    ...(of('scheme') ? row('accepts signatures', of('scheme')) : []),
    ...certificates.flatMap(({ keyType, bits, curve, sha256 }) =>
      row('certificate', `${[keyType, bits, curve].filter(Boolean).join(' ')}, SHA-256 ${sha256.slice(0, 16)}`),
    ),
  ]
}

const offeredRows = ({ ssh }: Probed): string[] =>
  ssh?.state === 'offered'
    ? [
        ...row('identification', ssh.identification),
        ...sshFields.flatMap((field) => row(`offers ${field}`, algorithmsOf(ssh.offer, field).join(', '))),
      ]
    : []

/** What a person reads of one endpoint; lines of at most 100 columns. */
export const probeText = (probed: Probed, { profile, style }: { profile: TlsProfile; style: Styler }): string => {
  const { endpoint, verdict, outcome, judged, listener, readings, seconds } = probed
  const name = `${endpointName(endpoint)}${endpoint.sni === null || endpoint.sni === endpoint.host ? '' : ` as ${endpoint.sni}`}`
  const connections = `${readings.length} connection${readings.length === 1 ? '' : 's'}, ${seconds.toFixed(2)} s`
  const how = outcome === 'not-tested' ? 'not tested' : verdict
  return [
    ...wrap(visible(`${name}: ${how} for profile ${profile.name} of ${profile.dated} (${connections})`), width).map(style.strong),
    ...(listener ? acceptedRows(listener) : offeredRows(probed)),
    ...judged.flatMap(({ title, outcome: one }) => [
      ...row(title, `${one.verdict}: ${one.reason}`, (text) => style.verdict(one.verdict, text)),
      ...(one.verdict === 'fail' && one.remedy ? row('', one.remedy) : []),
    ]),
    ...(listener?.sweep
      ? row('swept', judged.flatMap(({ outcome: one }) => one.observed.split('; ').filter((part) => part.includes(' refused'))).join('; '))
      : []),
  ].join('\n')
}
