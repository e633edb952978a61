import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PLAIN_LAB } from '../src/state/lab.ts'
import { PLAIN_REQUEST } from '../src/state/store.ts'
import { stateText } from '../src/share/state-text.ts'
import { chromiumPath } from './chromium.ts'
import { Playground } from './open-page.ts'

const pack = (text: string): string => `#${deflateRawSync(text).toString('base64url')}`

describe.skipIf(chromiumPath === undefined)('sharing (in Chromium)', () => {
  let playground: Playground
  beforeAll(async () => void (playground = await Playground.start()))
  afterAll(async () => await playground[Symbol.asyncDispose]())

  test('a link brings all of it back, in another profile and with the network off', async () => {
    const page = await playground.open()
    await page.openText(
      "virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: /x }, route: { cluster: shared } }] }]",
    )
    await page.ask('http://anywhere.example/x/1')
    await page.page.getByRole('button', { name: 'Share' }).click()
    await page.page.getByRole('status').filter({ hasText: 'nothing was uploaded' }).waitFor()
    const verdict = await page.page.locator('.verdict').textContent()
    const hash = new URL(page.page.url()).hash

    const other = await playground.open()
    await other.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await other.page.context().setOffline(true)
    await other.page.goto('about:blank')
    await other.page.goto(playground.server.url + hash)
    await other.ready()
    expect(await other.page.locator('.verdict').textContent()).toBe(verdict)
    expect(await other.page.getByLabel('URL').inputValue()).toBe('http://anywhere.example/x/1')
    expect(other.complaints).toEqual([])
  })

  test('nothing leaves the page: every request is for a file of its own', async () => {
    const page = await playground.open()
    await page.openText('admin: {}')
    await page.ask('https://elsewhere.example/')
    await page.part('laboratory')
    await page.run()
    await page.page.getByRole('button', { name: 'Share' }).click()
    expect(
      page.requests.filter(
        (url) => !url.startsWith(playground.server.url) && !url.startsWith('data:') && !url.startsWith('blob:'),
      ),
    ).toEqual([])
    expect(playground.server.posts).toBe(0)
  })

  test.each([
    ['that is no link', '#%%%'],
    ['of random bytes', `#${randomBytes(3000).toString('base64url')}`],
    [
      'that unpacks to gigabytes',
      `#${deflateRawSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 }).toString('base64url')}`,
    ],
    ['of another make', pack('{"v":99}')],
  ])('a link %s is a notice, and an example is shown', async (_, hash) => {
    const page = await playground.open({}, hash)
    await page.page.getByRole('status').filter({ hasText: 'The link is damaged' }).waitFor()
    expect(await page.page.locator('.cm-content').textContent()).toContain('static_resources')
    expect(page.complaints).toEqual([])
  })

  test('a link cannot run anything: names are text wherever they are shown', async () => {
    const evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    const text = `static_resources: { clusters: [{ name: ${JSON.stringify(evil)}, type: STATIC, load_assignment: { cluster_name: x, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 1 } } } }] }] } }] }`
    const state = JSON.parse(
      stateText({
        text, fileName: evil, page: 'laboratory', request: { ...PLAIN_REQUEST, url: evil, headers: `x: ${evil}` },
        rows: [{ request: { ...PLAIN_REQUEST, url: evil }, expect: { cluster: evil } }], lab: { ...PLAIN_LAB, cluster: evil, incidents: [evil] },
      }),
    ) as Record<string, unknown> // prettier-ignore
    const polluting = JSON.stringify(state).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    )
    const page = await playground.open({}, pack(polluting))
    for (const part of ['map', 'request', 'laboratory'] as const) await page.part(part)
    await page.page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.page.locator('.failure').first().waitFor()
    expect(
      await page.page.evaluate(() => [
        (globalThis as { pwned?: unknown }).pwned,
        ({} as { polluted?: unknown }).polluted,
      ]),
    ).toEqual([undefined, undefined])
    expect(await page.page.locator('#page img, #page script').count()).toBe(0)
  })
})
