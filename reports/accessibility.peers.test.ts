import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axeCore from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reports } from './index.ts'
import { hostile, mixed, threeNodes } from './sample-input.ts'

const axe = axeCore.source

let browser: Browser
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-page-'))
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

const inputs = { mixed, hostile, threeNodes: threeNodes() }

const open = async (
  name: keyof typeof inputs,
  colorScheme: 'light' | 'dark',
  javaScriptEnabled = true,
): Promise<{ page: Page; asked: string[] }> => {
  const file = join(folder, `${name}.html`)
  await writeFile(file, reports.html.report(inputs[name]))
  // The page's own policy forbids scripts; axe gets in beside it, and the policy itself is tested with it in force.
  const context = await browser.newContext({ colorScheme, bypassCSP: javaScriptEnabled, javaScriptEnabled })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(pathToFileURL(file).href)
  return { page, asked }
}

describe.each(['light', 'dark'] as const)('report.html, %s', (scheme) => {
  it.each(Object.keys(inputs) as (keyof typeof inputs)[])('of %s has no breach that axe knows', async (name) => {
    const { page } = await open(name, scheme)
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true
    })
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const { axe: loaded } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      const found = await loaded.run()
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)
    })
    expect(violations).toEqual([])
    await page.context().close()
  })
})

it('asks for nothing but itself, and needs no script', async () => {
  const { page, asked } = await open('hostile', 'light', false)
  expect(asked).toHaveLength(1)
  expect(await page.locator('h1').innerText()).toContain('Cluster')
  expect(await page.locator('details[open]').count()).toBeGreaterThan(0)
  await page.context().close()
})

it('can be gone through with a keyboard: the skip link first, then every link, block and wide table', async () => {
  const { page } = await open('mixed', 'light')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
  expect(await page.locator('.scroll:not([tabindex="0"]), [tabindex]:not([tabindex="0"])').count()).toBe(0)
  await page.context().close()
})

it.each(['light', 'dark'] as const)(
  'draws its signs in %s: what fails is filled, what passes is a ring, and no letter is lost in its ground',
  async (scheme) => {
    const { page } = await open('mixed', scheme)
    const seen = await page.evaluate(() => {
      const style = (selector: string): CSSStyleDeclaration => {
        const found = document.querySelector(selector)
        if (!found) throw new Error(`nothing is ${selector}`)
        return getComputedStyle(found)
      }
      return {
        ground: getComputedStyle(document.body).backgroundColor,
        ring: style('#p-pass .ring').fill,
        full: style('#p-fail .full').fill,
        letter: style('#p-fail text').fill,
        text: style('.pic > svg text, .pic g > svg text').fill,
      }
    })
    expect(seen.ring).toBe('none')
    expect(seen.letter).toBe(seen.ground)
    expect(new Set([seen.full, seen.text, seen.ground]).size).toBe(3)
    await page.context().close()
  },
)

it('keeps its letters readable where colours are forced upon it', async () => {
  const { page } = await open('mixed', 'dark')
  await page.emulateMedia({ forcedColors: 'active' })
  const [full, letter, text, ground] = await page.evaluate(() =>
    ['#p-fail .full', '#p-fail text', '.pic g > svg text', 'body'].map((selector) => {
      const found = document.querySelector(selector)
      if (!found) throw new Error(`nothing is ${selector}`)
      return selector === 'body' ? getComputedStyle(found).backgroundColor : getComputedStyle(found).fill
    }),
  )
  expect(letter).toBe(ground)
  expect(full).not.toBe(ground)
  expect(text).not.toBe(ground)
  await page.context().close()
})

it('pictures: the skip link leads past one, and a sign to its finding', async () => {
  const { page } = await open('mixed', 'light')
  await page.locator('figure:has([aria-labelledby="pic-nodes-t"]) a.skip').focus()
  await page.keyboard.press('Enter')
  expect(new URL(page.url()).hash).toBe('#nodes')
  const sign = page.locator('[aria-labelledby="pic-nodes-t"] a[href^="#f-"]').first()
  const target = await sign.getAttribute('href')
  await sign.focus()
  await page.keyboard.press('Enter')
  expect(new URL(page.url()).hash).toBe(target)
  expect(await page.locator(`${target}`).isVisible()).toBe(true)
  await page.context().close()
})

it('pictures go onto paper whole', async () => {
  const { page } = await open('mixed', 'dark')
  await page.setViewportSize({ width: 718, height: 1000 })
  await page.emulateMedia({ media: 'print' })
  const widths = await page.locator('svg.pic').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right))
  expect(widths.length).toBeGreaterThan(4)
  expect(Math.max(...widths)).toBeLessThanOrEqual(718)
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)')
  await page.context().close()
})

it('is no wider than a small screen', async () => {
  const { page } = await open('threeNodes', 'light')
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await page.context().close()
})
