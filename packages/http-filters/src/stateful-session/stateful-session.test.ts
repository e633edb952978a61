import { base64, fromBase64, latin1Bytes, latin1Text } from '@nuncio/core'
import type { HttpFilter } from '@nuncio/filter-chain'
import { FilterBench, type Pairs, type RunOptions, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { decodeCookie, encodeCookie } from './cookie-message.ts'
import { statefulSession } from './index.ts'

const HOST = '10.0.0.1:80'
const COOKIE = (more = 'ttl: 120s'): string =>
  `session_state: { name: s, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState, cookie: { name: sess, path: /a, ${more} } } }\n`
const HEADER =
  'session_state: { name: s, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState, name: X-Sess } }\n'
const ENVELOPE =
  'session_state: { name: s, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState, header: { name: x-sess } } }\n'

/** Stands for the router: answers from a host, and remembers which was asked for. */
interface Asked {
  host: string
  strict: number | undefined
}
function bench(
  config: string,
  options: RunOptions & { readonly answering?: string } = {},
): { b: FilterBench; asked: Asked } {
  const asked: Asked = { host: '', strict: undefined }
  const router: HttpFilter = {
    onRequestHeaders: (_, stream) => {
      const terminal = stream as unknown as { overrideHost: string; overrideStrict: { status: number } | undefined }
      asked.host = terminal.overrideHost
      asked.strict = terminal.overrideStrict?.status
      const answering = options.answering ?? HOST
      if (answering !== '') stream.info.upstreamHost = { address: answering, hostname: '' }
    },
  }
  return {
    b: new FilterBench(statefulSession, { config: `stat_prefix: sticky\n${config}`, after: [router], ...options }),
    asked,
  }
}
const cookie = (value: string): RunOptions['request'] => ({
  path: '/a',
  headers: [['cookie', `other=1; sess=${value}`]],
})
const packed = (address: string, expires: number): string => base64(encodeCookie({ address, expires }))
const counts = (t: Transcript): number[] =>
  ['routed', 'failed_open', 'failed_closed', 'no_session'].map(
    (name) => t.stats.counter(`http.test.stateful_session.sticky.${name}`).value,
  )

describe('a session in a cookie', () => {
  test('begins with the host that answers', async () => {
    const { b, asked } = bench(COOKIE('ttl: 120s, attributes: [{ name: SameSite, value: Strict }, { name: Secure }]'))
    const t = await b.run({ path: '/a' })
    const expires = Math.floor(b.time.wallMs() / 1000) + 120
    expect(asked.host).toBe('')
    expect(t.header('set-cookie')).toBe(
      `sess="${packed(HOST, expires)}"; Max-Age=120; Path=/a; SameSite=Strict; Secure; HttpOnly`,
    )
    expect(counts(t)).toEqual([0, 1, 0, 0])
  })
  test('without a ttl lives as long as the browser', async () => {
    const t = await bench(COOKIE('ttl: 0s')).b.run({ path: '/a' })
    expect(t.header('set-cookie')).toBe(`sess="${packed(HOST, 0)}"; Path=/a; HttpOnly`)
  })
  test.each([
    ['with a time to come', packed(HOST, 4_000_000_000)],
    ['without a time', packed(HOST, 0)],
    ['in quotes', `"${packed(HOST, 0)}"`],
    ['of an older proxy', base64(latin1Bytes(HOST))],
  ])('%s goes on with its host, and needs no new cookie', async (_, value) => {
    const { b, asked } = bench(COOKIE())
    const t = await b.run(cookie(value))
    expect([asked, t.header('set-cookie'), counts(t)]).toEqual([
      { host: HOST, strict: undefined },
      undefined,
      [1, 0, 0, 0],
    ])
  })
  test.each(['!!!', '', packed(HOST, 1)])('with the cookie %j begins anew', async (value) => {
    const { b, asked } = bench(COOKIE())
    const t = await b.run(cookie(value))
    expect([asked.host, t.header('set-cookie') === undefined]).toEqual(['', false])
  })
  test('gets a new cookie when another host answers', async () => {
    const t = await bench(COOKIE('ttl: 0s'), { answering: '10.0.0.2:80' }).b.run(cookie(packed(HOST, 0)))
    expect(t.header('set-cookie')).toContain(packed('10.0.0.2:80', 0))
    expect(counts(t)).toEqual([0, 1, 0, 0])
  })
  test.each([
    ['/a', true],
    ['/a/b', true],
    ['/a?x=1', true],
    ['/ab', false],
    ['/', false],
  ])('is for the path %s: %s', async (path, expected) => {
    const t = await bench(COOKIE()).b.run({ path })
    expect([t.header('set-cookie') !== undefined, counts(t)[3]]).toEqual([expected, expected ? 0 : 1])
  })
})

describe('a session in a header', () => {
  const value = base64(latin1Bytes(HOST))
  const run = async (headers: Pairs, answering = HOST): Promise<[string, string | undefined]> => {
    const { b, asked } = bench(HEADER, { answering })
    return [asked.host, (await b.run({ headers })).header('x-sess')].map((text, i) =>
      i === 0 ? asked.host : text,
    ) as [string, string | undefined]
  }
  test('begins with the host that answers, and goes on with it', async () => {
    expect(await run([])).toEqual(['', value])
    expect(await run([['x-sess', value]])).toEqual([HOST, undefined])
    expect((await run([['x-sess', value]], '10.0.0.2:80'))[1]).toBe(base64(latin1Bytes('10.0.0.2:80')))
  })
})

describe('a session around the upstream’s own', () => {
  const upstream = { headers: [['x-sess', 'mine']] as Pairs }
  const value = `${base64(latin1Bytes(HOST))};UV:${base64(latin1Bytes('mine'))}`
  test('has the address put before it', async () => {
    expect((await bench(ENVELOPE, { upstream }).b.run()).header('x-sess')).toBe(value)
    expect((await bench(ENVELOPE).b.run()).header('x-sess')).toBeUndefined()
  })
  test('comes back to the host without it', async () => {
    const { b, asked } = bench(ENVELOPE)
    const t = await b.run({ headers: [['x-sess', value]] })
    expect([asked.host, t.upstream!.headers]).toEqual([HOST, [['x-sess', 'mine']]])
  })
  test('that has no address is left alone', async () => {
    const { b, asked } = bench(ENVELOPE)
    const t = await b.run({ headers: [['x-sess', 'foreign']] })
    expect([asked.host, t.upstream!.headers]).toEqual(['', [['x-sess', 'foreign']]])
  })
})

test.each([
  ['strict: true', 503],
  ['strict: true\nstatus_on_strict_destination_not_found: 421', 421],
])('with %j no other host will do, or %i', async (more, status) => {
  const { b, asked } = bench(COOKIE() + more, { answering: '' })
  const t = await b.run(cookie(packed(HOST, 0)))
  expect([asked, counts(t)]).toEqual([{ host: HOST, strict: status }, [0, 0, 1, 0]])
})

test('a route switches sessions off, or has its own', async () => {
  const TYPE =
    '"@type": type.googleapis.com/envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute\n'
  const off = await bench(COOKIE(), { routeConfigs: [`${TYPE}disabled: true`] }).b.run({ path: '/a' })
  expect(off.header('set-cookie')).toBeUndefined()
  const own = await bench(COOKIE(), { routeConfigs: [`${TYPE}stateful_session: { ${HEADER.trim()} }`] }).b.run({
    path: '/a',
  })
  expect([own.header('set-cookie'), own.header('x-sess')]).toEqual([undefined, base64(latin1Bytes(HOST))])
})

test('the message in the cookie is that of Envoy', () => {
  expect(latin1Text(fromBase64('Cg8xMjcuMC4wLjE6MTk5OTcQ7Ji32AY=')!).slice(2, 17)).toBe('127.0.0.1:19997')
  expect(decodeCookie(fromBase64('Cg8xMjcuMC4wLjE6MTk5OTcQ7Ji32AY=')!)).toEqual({
    address: '127.0.0.1:19997',
    expires: 1796066412,
  })
  expect(base64(encodeCookie({ address: '127.0.0.1:19997', expires: 1796066412 }))).toBe(
    'Cg8xMjcuMC4wLjE6MTk5OTcQ7Ji32AY=',
  )
  for (const bad of [[0x0a], [0x0a, 5, 1], [0x12, 0], [0x10, 255], [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255]])
    expect(decodeCookie(Uint8Array.from(bad))).toBeUndefined()
})
