import { describe, expect, it } from 'vitest'
import { madeConfiguration, madeFipsModuleConfiguration } from './made-provider.ts'
import { asksForFips, configuredProviders, includesOf, parseConfiguration } from './openssl-configuration.ts'

const included = '/usr/lib/ssl/fipsmodule.cnf'
const providers = (text: string, fips = madeFipsModuleConfiguration('ab'.repeat(32))) =>
  configuredProviders(parseConfiguration(text, { [included]: fips }))

describe('a configuration of OpenSSL', () => {
  it('activates the FIPS provider through its sections and an include', () => {
    expect(includesOf(madeConfiguration)).toEqual([included])
    expect(providers(madeConfiguration)).toEqual({
      active: ['fips', 'base'],
      defaultProperties: 'fips=yes',
      fips: { activated: true, moduleMac: 'ab'.repeat(32) },
    })
  })

  it.each([
    ['the include is gone', '', { active: ['base'], defaultProperties: 'fips=yes' }],
    ['activate is 0', '[fips_sect]\nactivate = 0\n', { active: ['base'], fips: { activated: false } }],
  ] as const)('does not where %s', (_, fips, expected) => expect(providers(madeConfiguration, fips)).toMatchObject(expected))

  it('does not where openssl_conf is a comment', () => {
    expect(providers(madeConfiguration.replace('openssl_conf', '# openssl_conf')).active).toEqual([])
  })

  it('reads variables, quotes, joined lines and comments as config(5) has them', () => {
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: OpenSSL's own notation
      'name = init\nopenssl_conf = $name # comment\n[ init ]\nproviders = \\\nlist\n[list]\nfips = "own"\n[own]\nactivate = yes\nmodule-mac = ${list::fips}\n'
    expect(configuredProviders(parseConfiguration(text))).toEqual({ active: ['fips'], fips: { activated: true, moduleMac: 'own' } })
  })

  it('ends where files include each other, and takes no name for more than a name', () => {
    expect(parseConfiguration('.include = /a\nb = 1\n', { '/a': '.include /a\nc = 2\n' })['']).toMatchObject({ b: '1', c: '2' })
    expect(configuredProviders(parseConfiguration('openssl_conf = __proto__\n[__proto__]\nproviders = constructor\n')).active).toEqual([])
  })
})

it.each([
  ['fips=yes', true],
  ['provider=base, fips = yes', true],
  ['fips', true],
  ['?fips=yes', false],
  ['-fips', false],
  ['fips=no', false],
  [undefined, false],
])('default properties %s ask for approved algorithms alone: %s', (properties, asks) => expect(asksForFips(properties)).toBe(asks))
