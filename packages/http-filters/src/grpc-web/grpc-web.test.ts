import { base64, fromBase64, latin1Bytes, latin1Text } from '@nuncio/core'
import { FilterBench, type Pairs, type RunOptions, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { concat, frame } from '../grpc/frames.ts'
import { grpcWeb } from './index.ts'

const TEXT = 'application/grpc-web-text'
const message = (text: string): Uint8Array => frame(0, latin1Bytes(text))
const OK: UpstreamAnswer = {
  headers: [['content-type', 'application/grpc']],
  body: message('pong'),
  trailers: [['grpc-status', '0'], ['Grpc-Message', 'fine']], // prettier-ignore
}
const TRAILERS = frame(0x80, latin1Bytes('grpc-status:0\r\ngrpc-message:fine\r\n'))
const bench = (upstream: UpstreamAnswer = OK): FilterBench => new FilterBench(grpcWeb, { upstream })
const call = (
  type: string,
  body: Uint8Array | string | string[] = message('ping'),
  more: Pairs = [],
): RunOptions['request'] => ({
  method: 'POST',
  path: '/shop.Cart/Add',
  headers: [['content-type', type], ['content-length', '9'], ...more],
  body,
})
const sent = (headers: Pairs, name: string): string | undefined => headers.find(([key]) => key === name)?.[1]

describe('a binary call', () => {
  test('goes on as gRPC', async () => {
    const { upstream } = await bench().run(call('application/grpc-web+proto'))
    expect(upstream!.body).toBe(latin1Text(message('ping')))
    const names = ['content-type', 'te', 'grpc-accept-encoding', 'content-length']
    expect(names.map((name) => sent(upstream!.headers, name))).toEqual([
      'application/grpc',
      'trailers',
      'identity',
      undefined,
    ])
  })
  test('comes back with its trailers at the end of the body', async () => {
    const t = await bench().run(call('application/grpc-web'))
    expect(t.header('content-type')).toBe('application/grpc-web+proto')
    expect(t.body).toBe(latin1Text(concat(message('pong'), TRAILERS)))
    expect(t.trailers ?? []).toEqual([])
  })
  test('keeps what it says it accepts of encodings', async () => {
    const { upstream } = await bench().run(call('application/grpc-web', undefined, [['grpc-accept-encoding', 'gzip']]))
    expect(sent(upstream!.headers, 'grpc-accept-encoding')).toBe('gzip')
  })
})

describe('a call in text', () => {
  test('is decoded', async () => {
    const { upstream } = await bench().run(call(TEXT, base64(message('ping'))))
    expect(upstream!.body).toBe(latin1Text(message('ping')))
  })
  test('may come in any pieces, each message padded for itself', async () => {
    const text = base64(message('a')) + base64(message('bc'))
    expect(text).toMatch(/=.+/)
    const { upstream } = await bench().run(call(`${TEXT}+proto`, Array.from(text)))
    expect(upstream!.body).toBe(latin1Text(concat(message('a'), message('bc'))))
  })
  test.each([
    ['AAA', '_bad_size'],
    ['A', '_bad_size'],
    ['!!!!', ''],
    ['AAAA====AAAA', ''],
  ])('that is no base64 is refused: %s', async (text, ending) => {
    const t = await bench().run(call(TEXT, text))
    expect([t.status, t.info.details]).toEqual([400, `grpc_base_64_decode_failed${ending}`])
    expect([t.header('grpc-status'), t.header('grpc-message')]).toEqual([
      '13',
      'Bad gRPC-web request, invalid base64 data.',
    ])
  })
  test('comes back in text when that is accepted, message by message', async () => {
    const two = { ...OK, body: [message('a').subarray(0, 3), concat(message('a').subarray(3), message('bc'))] }
    const t = await bench(two).run(call(TEXT, base64(message('ping')), [['accept', TEXT]]))
    expect(t.header('content-type')).toBe('application/grpc-web-text+proto')
    expect(t.body).toBe(base64(message('a')) + base64(message('bc')) + base64(TRAILERS))
    expect([...fromBase64(base64(TRAILERS))!]).toEqual([...TRAILERS])
  })
  test('comes back in bytes when text is not accepted', async () => {
    const t = await bench().run(call(TEXT, base64(message('ping'))))
    expect(t.body).toBe(latin1Text(concat(message('pong'), TRAILERS)))
  })
})

describe('a response', () => {
  test('that is nothing but a status stays in its headers', async () => {
    const t = await bench({ headers: [['content-type', 'application/grpc'], ['grpc-status', '5']] }).run(call('application/grpc-web')) // prettier-ignore
    expect([t.body, t.header('grpc-status'), t.header('content-type')]).toEqual(['', '5', 'application/grpc-web+proto'])
  })
  test('that is no gRPC becomes a status and a message', async () => {
    const t = await bench({ status: 503, headers: [['content-type', 'text/plain']], body: ['no healthy ', '100% ✓'.slice(0, 4)] }).run(call('application/grpc-web')) // prettier-ignore
    expect([t.status, t.header('grpc-status'), t.header('grpc-message'), t.header('content-length'), t.body]).toEqual([503, '14', 'no healthy 100%25', '0', '']) // prettier-ignore
  })
  test('that is no gRPC and endless is cut', async () => {
    const t = await bench({ status: 200, headers: [['content-type', 'text/html']], body: ['x'.repeat(60_000), 'y'.repeat(60_000), 'z'] }).run(call('application/grpc-web')) // prettier-ignore
    expect([t.header('grpc-status'), t.header('grpc-message'), t.body]).toEqual(['2', 'x'.repeat(16_384), ''])
    const long = await bench({ status: 500, body: 'x'.repeat(20_000) }).run(call('application/grpc-web'))
    expect(long.header('grpc-message')).toBe('x'.repeat(16_384))
  })
  test('that is gRPC-Web already goes through', async () => {
    const t = await bench({ headers: [['content-type', 'application/grpc-web; charset=x']], body: 'as it is' }).run(call('application/grpc-web')) // prettier-ignore
    expect(t.body).toBe('as it is')
  })
})

test('calls are counted by method and status', async () => {
  const b = bench()
  await b.run(call('application/grpc-web'))
  const names = ['total', 'success', 'failure', '0']
  expect(names.map((name) => b.stats.counter(`cluster.upstream.grpc-web.shop.Cart.Add.${name}`).value)).toEqual([
    1, 1, 0, 1,
  ])
})

test.each(['application/grpc', 'application/json', 'application/grpc-web; charset=utf-8'])(
  'a request of type %s is left alone',
  async (type) => {
    const t = await bench({ body: 'hello', headers: [['content-type', 'text/plain']] }).run(call(type, 'hello'))
    expect([t.upstream!.body, sent(t.upstream!.headers, 'content-type'), t.body]).toEqual(['hello', type, 'hello'])
  },
)

test('a thousand methods have statistics at most, since clients choose paths', async () => {
  const many = bench()
  for (let i = 0; i < 1010; i++) await many.run({ ...call('application/grpc-web'), path: `/shop.Cart/Add${i}` })
  const totals = [...many.stats.counters.keys()].filter((name) => /grpc-web\..*\.total$/.test(name))
  expect(totals).toHaveLength(1000)
})
