import { z } from 'zod'
import { suiteContextSchema } from './context.ts'
import { suiteNames } from './suite-names.ts'

/** What the process that hosts the suites is handed on stdin. */
export const suiteJobSchema = z.object({ context: suiteContextSchema, suites: z.array(z.enum(suiteNames)) })

/** What it tells on stdout, one object a line. */
export const suiteEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('test'), name: z.string(), state: z.string() }),
  z.object({ event: z.literal('error'), message: z.string() }),
  z.object({ event: z.literal('end') }),
])
