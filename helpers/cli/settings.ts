import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { suiteNames } from '../conformance/suite-names.ts'
import { FipsConformanceError } from '../errors/error.ts'
import { catalogue, unknownNames } from '../policy/catalogue.ts'

/** Kubernetes spells versions v1.x.y with semver build metadata; etcd and others leave out the v. */
const versionPattern = /^v?\d+\.\d+\.\d+(\+[0-9A-Za-z.-]+)?$/
const version = z.string().regex(versionPattern, 'a version such as v1.36.3+fips.0')
/** DNS label (RFC 1123), with room for what kind adds to it. */
const clusterName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes, at most 40')
const repository = z.string().regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/, 'an image repository such as docker.io/mesosphere')

const between = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`
  // A flag gives text, the file a number; anything else that could be taken for a number (true, [3]) is a mistake.
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error })
    .pipe(z.number().int(error).min(least, error).max(most, error))
}

/** Every setting, as the configuration file spells it; flags have the same names. */
export const settingsSchema = z.strictObject({
  provider: z.enum(['kind', 'machine']).default('kind'),
  name: clusterName.optional(),
  nodes: between(1, 20).default(1),
  keep: z.boolean().default(false),
  reuse: z.boolean().default(false),
  intrusive: z.boolean().default(false),
  suite: z.array(z.enum(suiteNames)).default([]),
  require: z.array(z.string()).default([]),
  /** ID of os-release(5). */
  'supported-systems': z.array(z.string().regex(/^[a-z0-9._-]+$/, 'the ID of os-release(5), such as sles')).optional(),
  operator: z
    .string()
    .regex(/^[^\p{C}]{1,200}$/u, 'a name of at most 200 characters, on one line')
    .optional(),
  out: z.string().min(1).default('evidence'),
  'kubernetes-version': version.optional(),
  'etcd-version': version.optional(),
  'kubernetes-image-repository': repository.optional(),
  'etcd-image-repository': repository.optional(),
  'coredns-image-repository': repository.optional(),
  'pause-image-repository': repository.optional(),
  'node-image': z.string().min(1).optional(),
  'api-port': between(1, 65535).optional(),
  kernel: z.string().min(1).optional(),
  initrd: z.string().min(1).optional(),
  fips: z.enum(['on', 'off']).default('on'),
  twin: z.string().min(1).optional(),
  'boot-timeout': between(5, 7200).optional(),
  key: z.string().min(1).optional(),
  'sign-command': z.string().min(1).optional(),
  timestamp: z.string().min(1).optional(),
})
export type Settings = z.infer<typeof settingsSchema>

const configFile = 'fips-conformance.yaml'

const usage = (code: string, what: string, where: string, why: string, remedy: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, why, remedy, exit: 64 })

const readConfig = async (path: string, isNamed: boolean): Promise<Record<string, unknown>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !isNamed) return ''
    throw usage('CONFIG_UNREADABLE', 'the configuration file cannot be read', path, error.message, 'check the path that --config names')
  })
  try {
    return z.record(z.string(), z.unknown()).nullable().parse(parse(text)) ?? {}
  } catch (error) {
    throw usage(
      'CONFIG_INVALID',
      'the configuration file is no YAML mapping',
      path,
      error instanceof Error ? error.message : String(error),
      'see «fips-conformance run --help» for the settings',
    )
  }
}

/**
 * Settings from flags, then from the configuration file, then the defaults. A list given as a flag replaces the file’s.
 * @throws FipsConformanceError exit 64: `CONFIG_UNREADABLE`, `CONFIG_INVALID`, `SETTING_UNKNOWN`, `VERSION_MALFORMED`, `SETTING_INVALID`, `REQUIREMENT_UNKNOWN`
 */
export const readSettings = async (flags: Readonly<Record<string, unknown>>, config?: string): Promise<Settings> => {
  const path = config ?? configFile
  const merged = { ...(await readConfig(path, config !== undefined)), ...flags }
  const parsed = settingsSchema.safeParse(merged)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const setting = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : String(issue?.path[0] ?? '')
    const where = setting in flags ? `--${setting}` : `${path}: ${setting}`
    const given = JSON.stringify(merged[setting])
    if (issue?.code === 'unrecognized_keys')
      throw usage(
        'SETTING_UNKNOWN',
        'there is no such setting',
        where,
        'it is not among the settings of this version',
        'see «fips-conformance run --help»',
      )
    if (setting.endsWith('-version'))
      throw usage(
        'VERSION_MALFORMED',
        `${given} is no version`,
        where,
        'versions are spelled v1.x.y or v1.x.y+fips.0',
        'write it as v1.36.3+fips.0',
      )
    throw usage('SETTING_INVALID', `${given} is no value for ${setting}`, where, issue?.message ?? '', 'see «fips-conformance run --help»')
  }
  const unknown = unknownNames(parsed.data.require)
  if (unknown.length > 0) {
    const known = [...new Set(catalogue.flatMap(({ family, id }) => [family, id]))].sort()
    throw usage(
      'REQUIREMENT_UNKNOWN',
      `there is no requirement named ${unknown.join(', ')}`,
      '--require',
      `known are ${known.join(', ')}`,
      'give ids or families, separated by commas',
    )
  }
  return parsed.data
}
