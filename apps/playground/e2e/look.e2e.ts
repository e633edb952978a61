import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './chromium.ts'
import { Playground } from './open-page.ts'

const PARTS = ['map', 'request', 'laboratory'] as const
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

describe.skipIf(chromiumPath === undefined)('looks (in Chromium)', () => {
  let playground: Playground
  beforeAll(async () => void (playground = await Playground.start()))
  afterAll(async () => await playground[Symbol.asyncDispose]())

  test.each([
    [1440, 'light'],
    [1440, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const)('axe finds nothing at %d px, %s', async (width, colorScheme) => {
    const page = await playground.open({
      viewport: { width, height: 800 },
      colorScheme,
      reducedMotion: 'reduce',
      bypassCSP: true,
    })
    await page.openText(
      "virtual_hosts: [{ name: v, domain: ['*'], routes: [{ match: { prefix: / }, route: { cluster: c } }, { match: { prefix: /a }, route: { cluster: c } }] }]",
    )
    await page.page.evaluate(axe)
    for (const part of PARTS) {
      await page.part(part)
      if (part === 'request') await page.page.getByRole('button', { name: 'Expect this outcome' }).click()
      if (part === 'laboratory') await page.run()
      const { violations } = await page.page.evaluate(
        async () => await (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
      )
      expect(
        violations.map(({ id, nodes }) => `${part}: ${id} ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
      ).toEqual([])
    }
  })

  test.each(['light', 'dark'] as const)(
    'in a %s system the colours are its own until others are asked for',
    async (own) => {
      const page = await playground.open({ colorScheme: own })
      const paper = (): Promise<string> => page.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const colours = { light: 'rgb(246, 247, 248)', dark: 'rgb(15, 17, 19)' }
      const button = page.page.getByRole('button', { name: 'Colours' })
      const seen = [await paper()]
      for (let i = 0; i < 3; i++) {
        await button.click()
        seen.push(await paper())
      }
      expect(seen).toEqual([colours[own], colours.light, colours.dark, colours[own]])
    },
  )

  test.each([360, 390, 768, 1024, 1440, 2560, 3840])('nothing sticks out of a window of %d px', async (width) => {
    const page = await playground.open({ viewport: { width, height: 900 }, reducedMotion: 'reduce' })
    for (const part of PARTS) {
      await page.part(part)
      if (part === 'laboratory') await page.run()
      const beyond = await page.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(`${part}: ${beyond}`).toBe(`${part}: 0`)
    }
  })

  test('in a narrow window the editor is a part among the others', async () => {
    const page = await playground.open({ viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' })
    for (const part of ['edit', 'map', 'edit', 'laboratory'] as const) {
      await page.page.click(`#tab-${part}`, { timeout: 5000 })
      expect(await page.page.locator('.cm-content').isVisible()).toBe(part === 'edit')
    }
    await page.page.click('#tab-edit')
    const [tabs, editor] = await Promise.all(
      ['.tabs', '.editor'].map(async (selector) => (await page.page.locator(selector).boundingBox())!),
    )
    expect(tabs!.y + tabs!.height).toBeLessThanOrEqual(editor!.y + 1)
    expect(editor!.height).toBeGreaterThan(300)
  })

  test('everything can be done with the keyboard', async () => {
    const page = await playground.open({ reducedMotion: 'reduce' })
    const { keyboard } = page.page
    await keyboard.press('Tab')
    expect(await page.page.evaluate(() => document.activeElement?.textContent)).toContain('Skip the editor')
    await keyboard.press('Enter')
    await keyboard.press('Tab')
    expect(await page.page.evaluate(() => document.activeElement?.id)).toBe('tab-map')
    await keyboard.press('ArrowRight')
    await page.page.locator('.request-form').waitFor()
    await keyboard.press('ArrowRight')
    await page.page.locator('.lab').waitFor()
    for (let i = 0; i < 60 && (await page.page.evaluate(() => document.activeElement?.textContent)) !== 'Run'; i++)
      await keyboard.press('Tab')
    await keyboard.press('Enter')
    await page.page.locator('.numbers').waitFor()
    await keyboard.press('Shift+Tab')
  })
})
