import type { Certificate } from './certificates-data.ts'

/** The eleven areas of FIPS 140-3 (ISO/IEC 19790:2012, sections 7.2 to 7.12), as CMVP's certificate pages spell them. */
const areasOf1403 = [
  'Cryptographic module specification',
  'Cryptographic module interfaces',
  'Roles, services, and authentication',
  'Software/Firmware security',
  'Operational environment',
  'Physical security',
  'Non-invasive security',
  'Sensitive security parameter management',
  'Self-tests',
  'Life-cycle assurance',
  'Mitigation of other attacks',
] as const

/** The eleven areas of FIPS 140-2 (table 1 of the standard). */
const areasOf1402 = [
  'Cryptographic Module Specification',
  'Cryptographic Module Ports and Interfaces',
  'Roles, Services, and Authentication',
  'Finite State Model',
  'Physical Security',
  'Operational Environment',
  'Cryptographic Key Management',
  'EMI/EMC',
  'Self-Tests',
  'Design Assurance',
  'Mitigation of Other Attacks',
] as const

export const areas = { 'FIPS 140-2': areasOf1402, 'FIPS 140-3': areasOf1403 } as const

/** One of the four levels of an area; `n/a` where the module has nothing that the area is about; undefined where no source at hand says. */
export type AreaLevel = { area: string; level: 1 | 2 | 3 | 4 | 'n/a' | undefined }

const physical = { 'Physical Security': 'n/a' } as const
const physicalAndOther = { ...physical, 'Mitigation of Other Attacks': 'n/a' } as const
const bodiless = { 'Physical security': 'n/a', 'Non-invasive security': 'n/a' } as const
const bodilessAndOther = { ...bodiless, 'Mitigation of other attacks': 'n/a' } as const

const each = (numbers: readonly number[], exceptions: Readonly<Record<string, 3 | 'n/a'>>) =>
  numbers.map((number) => [number, exceptions] as const)

/** By certificate: the areas whose level is not the overall one, as NIST's certificate pages list them (the same copy and day as the rows of certificates-data.ts). */
const exceptions: ReadonlyMap<number, Readonly<Record<string, 3 | 'n/a'>>> = new Map([
  ...each([2964, 3318, 3678, 3702, 4253, 4407, 4694], physicalAndOther),
  ...each([4271, 4292, 4642], physical),
  ...each([4282], { ...physical, 'Design Assurance': 3 }),
  ...each([4631, 4725, 4746, 4759, 4779, 4794, 4816, 4823, 4857, 5021, 5096, 5115, 5116, 5132, 5200], bodiless),
  ...each([4735, 4796, 4808, 4894, 4953, 4973, 5034, 5089, 5104, 5112, 5215], bodilessAndOther),
  ...each([4985, 5102], { ...bodiless, 'Life-cycle assurance': 3 }),
])

/** The level of each of the eleven areas of a certificate's standard; undefined throughout where the exceptions of that certificate are not known. */
export const areaLevels = ({ number, standard, level }: Pick<Certificate, 'number' | 'standard' | 'level'>): AreaLevel[] => {
  const own = exceptions.get(number)
  const overall = ([1, 2, 3, 4] as const).find((one) => one === level)
  return areas[standard].map((area) => ({ area, level: own && (Object.hasOwn(own, area) ? own[area] : overall) }))
}
