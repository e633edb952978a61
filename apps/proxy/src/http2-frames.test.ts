import {
  END_HEADERS, END_STREAM, FRAME, frame, get, Http2FrameClient, literals, setting, uint32,
} from '@nuncio/http-codec/testing' // prettier-ignore
import { createServer, type Server } from '@nuncio/server'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forwarding } from './testing/forwarding.ts'
import { StrictOrigin } from './testing/strict-origin.ts'

// HTTP/2 from clients that break its rules, on the way to an HTTP/1.1 origin that reads requests in one way only.

let server: Server
let origin: StrictOrigin
beforeAll(async () => {
  origin = await StrictOrigin.start()
  server = await createServer(forwarding(origin.port))
})
afterAll(async () => {
  await server.close()
  await origin[Symbol.asyncDispose]()
})
beforeEach(() => {
  origin.requests = []
  origin.violations = []
})

const client = (): Http2FrameClient => new Http2FrameClient(server.listeners[0]!.port)
const counter = (name: string): number => server.stats.counters.get(name)?.value ?? 0

type Fields = readonly (readonly [string, string])[]
const without = (name: string, more: Fields = []): [string, string][] => get('/', more).filter(([key]) => key !== name)
const post = (more: Fields): [string, string][] =>
  [[':method', 'POST'], ...without(':method'), ...more] as [string, string][]

describe('a request that could be read in two ways', () => {
  test.each<[string, Fields]>([
    ['transfer-encoding', get('/', [['transfer-encoding', 'chunked']])],
    ['transfer-encoding in upper case', get('/', [['Transfer-Encoding', 'chunked']])],
    ['connection', get('/', [['connection', 'close']])],
    ['keep-alive', get('/', [['keep-alive', 'timeout=5']])],
    ['proxy-connection', get('/', [['proxy-connection', 'keep-alive']])],
    ['upgrade', get('/', [['upgrade', 'websocket']])],
    ['http2-settings', get('/', [['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA']])],
    ['te other than trailers', get('/', [['te', 'chunked']])],
    ['a line end in a value', get('/', [['x-a', 'b\r\nx-c: d']])],
    ['a line feed in a value', get('/', [['x-a', 'b\nx-c: d']])],
    ['a carriage return in a value', get('/', [['x-a', 'b\rc']])],
    ['a NUL in a value', get('/', [['x-a', 'b\0c']])],
    ['a blank before a value', get('/', [['x-a', ' b']])],
    ['a line end in a name', get('/', [['x-a\r\nx-b', 'c']])],
    ['a colon in a name', get('/', [['x-a: b', 'c']])],
    ['a blank in a name', get('/', [['x a', 'c']])],
    ['a blank behind a name', get('/', [['x-a ', 'c']])],
    ['an empty name', get('/', [['', 'c']])],
    ['a name in upper case', get('/', [['X-A', 'c']])],
    ['a name that is no token', get('/', [['x-ä', 'c']])],
    ['a line end in the path', get('/ HTTP/1.1\r\nx: y')],
    ['a blank in the path', get('/a b')],
    ['a NUL in the path', get('/a\0b')],
    ['a tab in the path', get('/a\tb')],
    ['a fragment in the path', get('/a#b')],
    ['an empty path', get('')],
    ['a path that does not start with a slash', get('a')],
    ['an absolute URL as the path', get('http://b.test/')],
    ['no path', without(':path')],
    ['two paths', [...get('/'), [':path', '/b']]],
    ['no method', without(':method')],
    ['an empty method', [[':method', ''], ...without(':method')]],
    ['two methods', [...get('/'), [':method', 'POST']]],
    ['a line end in the method', [[':method', 'GET / HTTP/1.1\r\nx: y'], ...without(':method')]],
    ['a blank in the method', [[':method', 'GET /'], ...without(':method')]],
    ['no scheme', without(':scheme')],
    ['two schemes', [...get('/'), [':scheme', 'https']]],
    ['two authorities', [...get('/'), [':authority', 'b.test']]],
    ['an authority with a user', [[':authority', 'a@b.test'], ...without(':authority')]],
    ['an authority with a line end', [[':authority', 'a.test\r\nx: y'], ...without(':authority')]],
    ['an authority with a slash', [[':authority', 'a.test/x'], ...without(':authority')]],
    ['an authority with a blank', [[':authority', 'a.test b'], ...without(':authority')]],
    ['a host that differs from the authority', get('/', [['host', 'b.test']])],
    ['two hosts', without(':authority', [['host', 'a.test'], ['host', 'b.test']])],
    ['neither authority nor host', without(':authority')],
    ['a pseudo header behind others', [...get('/', [['x-a', 'b']]), [':path', '/b']]],
    ['an unknown pseudo header', [[':x', 'y'], ...get('/')]],
    ['a status in a request', [[':status', '200'], ...get('/')]],
    ['a :protocol without extended CONNECT', [[':protocol', 'websocket'], ...get('/')]],
    ['CONNECT with a path', [[':method', 'CONNECT'], ...without(':method')]],
    ['two lengths that differ', post([['content-length', '1'], ['content-length', '2']])],
    ['a length with a sign', post([['content-length', '+1']])],
    ['a length that is a list', post([['content-length', '1, 1']])],
    ['a length with letters', post([['content-length', '1a']])],
    ['a length beyond all bounds', post([['content-length', '99999999999999999999']])],
    ['a length of more than nothing, and no body', post([['content-length', '5']])],
  ])('%s is refused, or goes on as one clean request', async (_, fields) => {
    using one = client().hello().request(1, fields)
    const fate = await one.fate(1)
    expect(origin.violations).toEqual([])
    // Refused: nothing reached the origin. Else exactly one request did, and it says what the client said.
    if (fate === '200') expect(origin.requests).toHaveLength(1)
    else expect([fate.replace(/\d+$/, ''), origin.requests]).toEqual([expect.stringMatching(/^(reset |goaway |closed|4|)$/), []])
  }) // prettier-ignore

  test.each([
    ['more body than the length says', '3', ['abcdef'], true],
    ['less body than the length says', '9', ['abc'], true],
  ])('%s never becomes a whole request', async (_, length, chunks) => {
    using one = client()
      .hello()
      .request(1, post([['content-length', length]]), false)
    chunks.forEach((chunk, i) =>
      one.write(frame(FRAME.DATA, i === chunks.length - 1 ? END_STREAM : 0, 1, Buffer.from(chunk))),
    )
    expect(await one.fate(1)).not.toBe('200')
    expect([origin.requests, origin.violations]).toEqual([[], []])
  })

  test('trailers that claim framing are dropped', async () => {
    using one = client().hello().request(1, post([]), false)
    one.write(frame(FRAME.DATA, 0, 1, Buffer.from('abc')))
    one.write(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, literals([['content-length', '9'], ['host', 'b'], ['x-t', '1']]))) // prettier-ignore
    const fate = await one.fate(1)
    expect(origin.violations).toEqual([])
    if (fate === '200') expect(origin.requests).toMatchObject([{ body: 'abc', host: 'a.test' }])
    else expect(origin.requests).toEqual([])
  })

  test('a whole one passes, and cookie crumbs are one field', async () => {
    using one = client().hello().request(1, get('/x?y', [['cookie', 'a=1'], ['cookie', 'b=2'], ['te', 'trailers']])) // prettier-ignore
    expect(await one.fate(1)).toBe('200')
    expect(origin.requests).toMatchObject([{ method: 'GET', path: '/x?y', host: 'a.test' }])
    expect(origin.violations).toEqual([])
  })
})

describe('floods end their own connection and nothing else', () => {
  const block = literals(get())
  const violations: readonly [string, string, (one: Http2FrameClient) => Promise<unknown>][] = [
    ['SETTINGS', 'http2.outbound_control_flood', (one) => one.flood(frame(FRAME.SETTINGS, 0, 0, setting(4, 65_535)), 200_000)],
    ['PING', 'http2.outbound_control_flood', (one) => one.flood(frame(FRAME.PING, 0, 0, Buffer.alloc(8)), 200_000)],
    ['empty DATA', 'http2.inbound_empty_frames_flood', (one) => one.request(1, post([]), false).flood(frame(FRAME.DATA, 0, 1), 200_000)],
    ['CONTINUATION with headers', 'http2.header_overflow', (one) => {
      one.write(frame(FRAME.HEADERS, END_STREAM, 1, block))
      return one.flood(frame(FRAME.CONTINUATION, 0, 1, literals([['x-a', 'b'.repeat(8000)]])), 10_000)
    }],
    ['empty CONTINUATION', 'http2.inbound_empty_frames_flood', (one) => {
      one.write(frame(FRAME.HEADERS, END_STREAM, 1, block))
      return one.flood(frame(FRAME.CONTINUATION, 0, 1), 200_000)
    }],
    ['streams opened and reset', 'http.test.downstream_rq_too_many_premature_resets', async (one) => {
      for (let id = 1; id < 40_000 && !one.closed; id += 2)
        await one.flood(Buffer.concat([frame(FRAME.HEADERS, END_HEADERS | END_STREAM, id, block), frame(FRAME.RST_STREAM, 0, id, uint32(8))]), 1)
    }],
  ] // prettier-ignore

  test.each(violations)('%s', async (_, stat, attack) => {
    using neighbour = client().hello()
    const before = counter(stat)
    using one = client().hello()
    await attack(one)
    await one.end()
    expect(counter(stat)).toBe(before + 1)
    expect(await neighbour.request(1, get()).fate(1)).toBe('200')
  })

  test.each<[string, (id: number) => Uint8Array]>([
    ['resets that are provoked', (id) => Buffer.concat([frame(FRAME.HEADERS, END_HEADERS | END_STREAM, id, block), frame(FRAME.WINDOW_UPDATE, 0, id, uint32(0))])],
    ['streams that depend on themselves', (id) => frame(FRAME.HEADERS, END_HEADERS | END_STREAM | 0x20, id, Buffer.concat([uint32(id), Buffer.of(0), block]))],
  ])('%s start few upstream requests', async (_, bytes) => {
    using one = client().hello()
    for (let id = 1; id < 20_000 && !one.closed; id += 2) await one.flood(bytes(id), 1)
    one.socket.end()
    await one.end()
    expect(origin.requests.length).toBeLessThan(1000)
    using neighbour = client().hello()
    expect(await neighbour.request(1, get()).fate(1)).toBe('200')
  }) // prettier-ignore

  test.each<[string, Uint8Array]>([
    ['PRIORITY', frame(FRAME.PRIORITY, 0, 1, Buffer.concat([uint32(0), Buffer.of(1)]))],
    ['WINDOW_UPDATE', frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(1))],
    ['unknown', frame(0xee, 0, 0, Buffer.alloc(8))],
  ])('%s frames cost little: the neighbour is served in between', async (_, bytes) => {
    using one = client().hello()
    const flood = one.flood(bytes, 100_000)
    using neighbour = client().hello()
    expect(await neighbour.request(1, get()).fate(1)).toBe('200')
    await flood
  })

  test('a header list too large resets its stream, whatever its compression', async () => {
    const value = Buffer.from('b'.repeat(4000))
    // A literal that enters the table, then a thousand references to it.
    const entry = Buffer.concat([Buffer.of(0x40, 3), Buffer.from('x-a'), Buffer.of(0x7f, 0xa1, 0x1e), value])
    using one = client().hello()
    const bomb = Buffer.concat([block, entry, Buffer.alloc(1000, 0xbe)])
    one.write(frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, bomb))
    expect(await one.fate(1)).toBe('reset 2')
    expect(origin.requests).toEqual([])
    using crumbs = client().hello()
    crumbs.request(
      1,
      get(
        '/',
        Array.from({ length: 200 }, (_, i) => ['cookie', `a=${i}`] as const),
      ),
    )
    expect(await crumbs.fate(1)).toBe('reset 2')
  })
})
