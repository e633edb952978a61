import { message } from '@nuncio/config'
import { startProxy, startUpstream } from '@nuncio/testkit/proxy'
import { checkFilter } from '@nuncio/testkit'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type FetchHandler, fromFetchHandler } from './index.ts'

const config = message('test.Fetch', {})
const xor = () =>
  new TransformStream<Uint8Array, Uint8Array>({ transform: (chunk, out) => out.enqueue(chunk.map((byte) => byte ^ 1)) })

const HANDLERS: readonly (readonly [string, FetchHandler<object>])[] = [
  ['lets everything pass', async (_, next) => await next()],
  [
    'changes headers',
    async (request, next) => {
      request.headers.set('x-request', '1')
      const response = await next(new Request(request))
      response.headers.set('x-response', '2')
      return response
    },
  ],
  [
    'changes bodies',
    async (request, next) => {
      const body = request.body?.pipeThrough(xor()) ?? null
      const response = await next(new Request(request, { method: 'POST', body, duplex: 'half' }))
      return new Response(response.body?.pipeThrough(xor()) ?? null, response)
    },
  ],
  [
    'reads bodies whole',
    async (request, next) => {
      const response = await next(new Request(request, { method: 'POST', body: `<${await request.text()}>` }))
      return new Response(`<${await response.text()}>`, response)
    },
  ],
  ['answers by itself', async (request) => new Response(await request.text(), { status: 203 })],
]

describe('a handler', () => {
  test.each(HANDLERS)('that %s holds to the rules of the kit', async (_, handler) => {
    expect(await checkFilter(fromFetchHandler({ config }, handler), { config: '{}' })).toEqual([])
  })
})

test('works in a proxy, with bodies of many chunks both ways', async () => {
  await using upstream = await startUpstream(({ body }) => new Response(body.repeat(2), { status: 202 }))
  const [, changesBodies] = HANDLERS[2]!
  await using proxy = await startProxy({
    config: readFileSync(new URL('../example.yaml', import.meta.url), 'utf8'),
    clusters: { api: upstream },
    httpFilters: [
      fromFetchHandler({ config: message('acme.filters.v1.Greet', {}) }, async (request, next, context) => {
        if (request.headers.has('x-deny')) return new Response('not you', { status: 403 })
        return await changesBodies(request, next, context)
      }),
    ],
  })
  const sent = 'zyx'.repeat(300_000)
  const response = await proxy.fetch('/', { method: 'POST', body: sent })
  expect([response.status, (await response.text()) === sent.repeat(2)]).toEqual([202, true])
  const twisted = new TextDecoder().decode(new TextEncoder().encode(sent).map((byte) => byte ^ 1))
  expect(upstream.requests[0]!.body === twisted).toBe(true)
  const denied = await proxy.fetch('/', { headers: { 'x-deny': '1' } })
  expect([denied.status, await denied.text()]).toEqual([403, 'not you'])
})
