import { diagnose } from '../host/doctor.ts'
import { doctorLines } from '../host/doctor-lines.ts'
import { look } from '../host/look.ts'
import { lookAtVirtualisation, machineCheck } from '../host/virtualisation.ts'
import type { Printed, WorkContext } from './perform.ts'

/** `doctor`: what is here and what is missing. Exit 3 where a run could not be made. */
export const doctor = async ({ signal }: WorkContext): Promise<Printed> => {
  const seen = await look(signal)
  const checks = [...diagnose(seen), machineCheck(seen, await lookAtVirtualisation(seen.arch))]
  const missing = checks.some(({ state }) => state === 'missing')
  return { exit: missing ? 3 : 0, text: doctorLines(seen, checks).join('\n'), json: { host: seen, checks } }
}
