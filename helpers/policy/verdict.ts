/** The four verdicts. Nothing else, anywhere (DESIGN.md, section 2). */
export const verdicts = ['pass', 'fail', 'inconclusive', 'not-applicable'] as const
export type Verdict = (typeof verdicts)[number]
