import { expect } from 'vitest'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'

/** Reads the pictures of report.html back, for the tests of them; nothing else imports it. */

export const decoded = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot);/g, (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '')

/** One picture of a page, and nothing else of it. */
export const pictureOf = (page: string, id: string): string => {
  const at = page.indexOf(`aria-labelledby="${id}-t"`)
  return at === -1 ? '' : page.slice(at, page.indexOf('</figure>', at))
}

/** A link in a picture: where it leads, what it is called, and the signs in it. */
type Cell = { target: string; says: string; signs: string[] }

export const cellsOf = (picture: string): Cell[] =>
  [...picture.matchAll(/<a href="#([^"]*)" aria-label="([^"]*)">([\s\S]*?)<\/a>/g)]
    .map(([, target = '', says = '', inside = '']) => ({
      target,
      says: decoded(says),
      signs: [...inside.matchAll(/<use href="#p-([a-z-]+)"/g)].map(([, sign = '']) => sign),
    }))
    .filter(({ signs }) => signs.length > 0)

/** The finding that an anchor of the page stands for. */
export const findingAt = ({ findings }: ReportInput, target: string): Finding =>
  findings[Number(target.replace('f-', '')) - 1] ?? expect.fail(target)
