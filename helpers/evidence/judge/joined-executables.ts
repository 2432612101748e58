import { analyseEnvironment, type KernelMode } from '../../crypto-modules/analyse/activation.ts'
import { analyseExecutable } from '../../crypto-modules/analyse/executable.ts'
import type { ExecutableFacts } from '../../crypto-modules/analyse/executable-facts.ts'
import { joinSurroundings } from '../../crypto-modules/analyse/join-surroundings.ts'
import { analyseOpenssl, opensslProgram } from '../../crypto-modules/analyse/openssl.ts'
import { analyseFipsEnabled } from '../../kernel/analyse/fips-enabled.ts'
import type { Evidence } from '../model.ts'
import { only } from './judgement.ts'

const kernelOf = (evidence: readonly Evidence[]): KernelMode => {
  const [flag] = only(evidence, 'fips-enabled').map((one) => analyseFipsEnabled(one).state)
  return flag === 'on' ? 'on' : flag === 'off' || flag === 'absent' ? 'off' : 'unknown'
}

const isFor = (program: string | undefined, source: string): boolean => program === undefined || program === source

const analysed = new WeakMap<Evidence, ExecutableFacts>()

/** Components, listeners and reports ask about the same files: the bytes of each are analysed once. */
const analyseOnce = (one: Evidence): ExecutableFacts => {
  const facts = analysed.get(one) ?? analyseExecutable(one)
  analysed.set(one, facts)
  return facts
}

/** The programs of a subject as their bytes show them, joined with what was recorded beside them. */
export const joinedExecutables = (evidence: readonly Evidence[]): ExecutableFacts[] => {
  const kernel = kernelOf(evidence)
  const environments = only(evidence, 'environment').map((one) => analyseEnvironment(one))
  const libraries = only(evidence, 'openssl').map((one) => ({ program: opensslProgram(one), facts: analyseOpenssl(one) }))
  return only(evidence, 'executable').flatMap((one): ExecutableFacts[] => {
    const facts = analyseOnce(one)
    if (facts.state !== 'inspected') return [facts]
    return joinSurroundings(facts, {
      openssl: libraries.filter(({ program }) => isFor(program, one.source)).map((each) => each.facts),
      environments: environments.filter(({ program }) => isFor(program, one.source)),
      kernel,
    })
  })
}
