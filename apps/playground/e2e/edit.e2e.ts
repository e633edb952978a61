import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './chromium.ts'
import { Playground } from './open-page.ts'
import { problemsOf } from './problems-of.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

describe.skipIf(chromiumPath === undefined)('editing (in Chromium)', () => {
  let playground: Playground
  beforeAll(async () => void (playground = await Playground.start()))
  afterAll(async () => await playground[Symbol.asyncDispose]())

  test.each(['docs/tools/files/broken.yaml', 'docs/tools/files/shop.yaml', 'examples/retries/envoy.yaml'])(
    '%s has the problems that nuncio validate and lint find, at the same lines',
    async (file) => {
      const page = await playground.open()
      await page.openText(read(file))
      expect(await page.problems()).toEqual(problemsOf(read(file)))
      expect(page.complaints).toEqual([])
    },
  )

  test('a problem leads to its line, and what it suggests can be put there', async () => {
    const page = await playground.open()
    await page.openText('admin:\n  adress: { socket_address: { address: 127.0.0.1, port_value: 1 } }\n')
    await page.page.locator('.problem', { hasText: 'adress' }).click()
    expect(await page.page.locator('.cm-activeLine').textContent()).toContain('adress')
    await page.page.locator('.cm-lintRange-error').first().hover()
    await page.page.getByRole('button', { name: 'Replace with address' }).click()
    await page.page.locator('.cm-content', { hasText: 'address: { socket_address' }).waitFor()
    await page.page.waitForFunction(
      () => document.querySelector('.problem-list .problem[data-severity=error]') === null,
    )
  })

  test('while a text cannot be read, what was known stays, and the page says so', async () => {
    const page = await playground.open()
    const nodes = await page.page.locator('.node').count()
    await page.page.locator('.cm-line', { hasText: 'static_resources' }).click()
    await page.page.keyboard.press('End')
    await page.page.keyboard.type(' [')
    await page.page.locator('.stale').waitFor()
    expect(await page.page.locator('.node').count()).toBe(nodes)
    expect(await page.page.locator('.problem[data-severity=error]').count()).toBeGreaterThan(0)
    await page.page.keyboard.press('Backspace')
    await page.page.locator('.stale').waitFor({ state: 'detached' })
    await page.openText('x: [')
    await page.page.getByText('neither YAML nor JSON').waitFor()
    await page.openText('')
    await page.page.getByText('choose an example').waitFor()
  })

  test('the request follows the text until somebody makes another', async () => {
    const page = await playground.open()
    await page.openText(
      'virtual_hosts: [{ name: v, domains: [a.example], routes: [{ match: { path: /x }, route: { cluster: c } }] }]',
    )
    await page.page.locator('.map-way', { hasText: 'GET http://a.example/x' }).waitFor()
    await page.ask('http://other.example/')
    await page.openText(
      'virtual_hosts: [{ name: v, domains: [b.example], routes: [{ match: { path: /x }, route: { cluster: c } }] }]',
    )
    expect(await page.page.getByLabel('URL').inputValue()).toBe('http://other.example/')
  })

  test('completion offers fields, hover tells what they are', async () => {
    const page = await playground.open()
    await page.openText('static_resources:\n  clusters:\n  - name: a\n    connect_timeout: 1s\n    lb_po')
    await page.page.locator('.cm-line', { hasText: 'lb_po' }).click()
    await page.page.keyboard.press('End')
    await page.page.keyboard.type('l')
    await page.page.locator('.cm-tooltip-autocomplete', { hasText: 'lb_policy' }).waitFor()
    await page.page.keyboard.press('Escape')
    await page.page.getByText('connect_timeout').hover()
    await page.page.locator('.api-doc', { hasText: 'duration' }).waitFor()
  })

  test('every example of the repository opens without an error', async () => {
    const page = await playground.open()
    const names = await page.page
      .locator('.select option:not([disabled])')
      .evaluateAll((all) => all.map((each) => (each as HTMLOptionElement).value))
    expect(names).toEqual(
      readdirSync(path.join(root, 'examples'))
        .filter(
          (name) => readdirSync(path.join(root, 'examples')).includes(name) && !name.endsWith('.ts') && hasConfig(name),
        )
        .toSorted(),
    )
    for (const name of names) {
      await page.openText(read(`examples/${name}/envoy.yaml`))
      expect((await page.page.locator('.problem[data-severity=error]').allTextContents()).join('\n')).toBe('')
    }
  })

  test('canonical form is written on request', async () => {
    const page = await playground.open()
    await page.openText(
      '{"admin": {"address": {"socketAddress": {"address": "127.0.0.1", "portValue": 1}}}}',
      'envoy.json',
    )
    await page.page.getByRole('button', { name: 'Canonical' }).click()
    await page.page.locator('.cm-content', { hasText: 'port_value: 1' }).waitFor()
  })

  test.each([
    ['binary', '\u0000\u0001\u007f\ufffd'.repeat(2000)],
    ['half a file', read('examples/retries/envoy.yaml').slice(0, 700)],
    ['deep nesting', '['.repeat(20_000)],
    [
      'anchors that multiply',
      Array.from(
        { length: 26 },
        (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1},*a${i - 1},*a${i - 1}`}]`,
      ).join('\n'),
    ],
    ['more than anybody has', 'x: 1\n'.repeat(1_700_000)],
  ])('%s is answered with a message, and the page lives on', async (_, text) => {
    const page = await playground.open()
    if (text.length > 8 * 1024 * 1024) {
      await page.page.setInputFiles('input[type=file]', {
        name: 'x.yaml',
        mimeType: 'text/yaml',
        buffer: Buffer.from(text),
      })
      await page.page.getByText('x.yaml is larger than 8 MB.').waitFor()
    } else {
      await page.openText(text)
      expect((await page.page.locator('.problem[data-severity=error], .failure').count()) > 0).toBe(true)
    }
    await page.openText('admin: {}')
    expect(await page.problems()).toEqual(problemsOf('admin: {}'))
    expect(page.complaints).toEqual([])
  })

  test.each([1000, 5000])('typing in a file of %d routes of two lines stays smooth', async (count) => {
    const routes = Array.from(
      { length: count },
      (_, i) => `  - match: { path: /${i} }\n    route: { cluster: c${i % 7} }`,
    )
    const page = await playground.open()
    await page.openText(`virtual_hosts:\n- name: v\n  domains: ['*']\n  routes:\n${routes.join('\n')}\n`)
    await page.page.locator('.cm-content').click()
    // What the page itself does with each event of a key; how long a frame waits for a busy machine is not its doing.
    await page.page.evaluate(() => {
      const times: number[] = []
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as PerformanceEventTiming[])
          times.push(entry.processingEnd - entry.processingStart)
      })
      observer.observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
      Object.assign(globalThis, { keyTimes: times })
    })
    await page.page.keyboard.type('# a comment that somebody types, at the speed of a machine', { delay: 20 })
    const times = await page.page.evaluate(() => (globalThis as unknown as { keyTimes: number[] }).keyTimes)
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
    console.log(
      `a key in ${2 * count} lines: 95% within ${at(0.95).toFixed(1)} ms, at most ${at(1 - 1e-9).toFixed(1)} ms`,
    )
    expect(at(0.95)).toBeLessThan(16)
  })
})

function hasConfig(name: string): boolean {
  try {
    return readdirSync(path.join(root, 'examples', name)).includes('envoy.yaml')
  } catch {
    return false
  }
}
