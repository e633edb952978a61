import {
  type ChainEntry,
  type HttpFilter,
  HttpFilterChain,
  type HttpFilterDefinition,
  localReply,
} from '@nuncio/filter-chain'
import { latin1Bytes, responseHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { upstreamCodec } from '../../upstream-codec/index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { retryPolicy as policy } from '../testing/retry-policy.ts'
import { RouterBench } from '../testing/router-bench.ts'

const TYPE = 'envoy.extensions.filters.http'
const CODEC = { name: 'codec', typed_config: { '@type': `${TYPE}.upstream_codec.v3.UpstreamCodec` } }
const BUFFER = { name: 'buffer', typed_config: { '@type': `${TYPE}.buffer.v3.Buffer`, max_request_bytes: 8 } }
const MUTATE = {
  name: 'mutate',
  typed_config: {
    '@type': `${TYPE}.header_mutation.v3.HeaderMutation`,
    mutations: {
      request_mutations: [
        {
          append: {
            append_action: 'APPEND_IF_EXISTS_OR_ADD',
            header: { key: 'x-try', value: '%UPSTREAM_REQUEST_ATTEMPT_COUNT% %UPSTREAM_HOST%' },
          },
        },
      ],
      response_mutations: [{ append: { header: { key: 'x-seen', value: '%UPSTREAM_HOST%' } } }],
    },
  },
}

/** A filter of the test's own on every try. */
function own(filter: () => HttpFilter): { readonly filters: readonly HttpFilterDefinition[]; readonly config: object } {
  const definition: HttpFilterDefinition = {
    name: 'own',
    config: { type: 'test.Own', honours: {} },
    stability: 'alpha',
    upstream: 'also',
    create: () => filter,
  }
  return {
    filters: [definition],
    config: { upstream_http_filters: [{ name: 'own', typed_config: { '@type': 'test.Own' } }, CODEC] },
  }
}
const withFilters = (...filters: readonly object[]): object => ({ upstream_http_filters: [...filters, CODEC] })
const waiting = (): FakeCluster => Object.assign(new FakeCluster(), { mode: 'wait' as const })

describe('filters on tries', () => {
  test('run anew on each try, and find the headers as the one before left them', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) }, config: withFilters(MUTATE) }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    expect(bench.attempt(1).headers?.getAll('x-try')).toEqual(['1 10.0.0.1:80', '2 10.0.0.2:80'])
    bench.respond(1, 200)
    expect(bench.encoder.headers).toContainEqual(['x-seen', '10.0.0.2:80'])
  })

  test('of a cluster take the place of the router’s', () => {
    const cluster = new FakeCluster(
      {},
      { httpFilters: chainOf({ onRequestHeaders: (headers) => headers.set('x-own', 'yes') }) },
    )
    const bench = new RouterBench({ config: withFilters(MUTATE), cluster }).request()
    const { headers } = bench.attempt(0)
    expect([headers?.get('x-own'), headers?.has('x-try')]).toEqual(['yes', false])
  })

  test('may hold a chunk that they were lent: whoever lent it is told', () => {
    const bench = new RouterBench(own(() => ({ onResponseData: () => Promise.withResolvers<void>().promise })))
    let kept = 0
    bench.stream.chunkKept = () => void kept++
    bench.request()
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200), false)
    expect(kept).toBe(0)
    bench.attempt(0).callbacks.onData(latin1Bytes('lent'), false)
    expect(kept).toBe(1)
  })

  test('run while the connection is made; what they let go on waits for it', async () => {
    const cluster = waiting()
    const bench = new RouterBench({ config: withFilters(MUTATE, BUFFER), cluster }).request([], ['one', 'two'])
    expect(bench.stream.requestHeaders.get('x-try')).toBe('1 10.0.0.1:80')
    cluster.waiting[0]!()
    await bench.time.advanceAsync(0)
    expect(bench.attempt(0)).toMatchObject({ body: 'onetwo', ended: true })
    bench.respond(0, 200)
    expect(bench.outcome).toMatchObject({ status: 200, details: 'via_upstream', fate: 'success' })
  })

  test('answer the request, which is not tried again', async () => {
    const cluster = waiting()
    const bench = new RouterBench({ route: { retryPolicy: policy({}) }, config: withFilters(BUFFER), cluster })
    bench.request([], ['more than', ' eight bytes'])
    await bench.time.advanceAsync(0)
    expect(bench.outcome).toMatchObject({ status: 413, details: 'request_payload_too_large' })
    expect(cluster).toMatchObject({ cancelled: 1, requests: [] })
  })

  test('may make a response one that is retried', () => {
    let responses = 0
    const filter: HttpFilter = { onResponseHeaders: (headers) => void (headers.status = responses++ === 0 ? 503 : 201) }
    const bench = new RouterBench({ route: { retryPolicy: policy({}) }, ...own(() => filter) }).request()
    bench.respond(0, 200, [], 'first')
    bench.time.advance(30)
    bench.respond(1, 200, [], 'second')
    expect(bench.outcome).toMatchObject({ status: 201, body: 'second' })
  })

  test('that answer a response replace it, and the connection is given up', () => {
    const filter: HttpFilter = { onResponseHeaders: () => localReply(502, 'not_this', { body: 'no' }) }
    const bench = new RouterBench(own(() => filter)).request()
    bench.respond(0, 200, [], 'secret')
    expect(bench.outcome).toMatchObject({ status: 502, body: 'no', details: 'not_this' })
    expect(bench.attempt(0).resetReason).toBe('local reset')
  })

  test('that fail answer 500, are counted, and hear of the end', () => {
    const ended: string[] = []
    const filter: HttpFilter = {
      onRequestHeaders() {
        throw new Error('broken')
      },
      onComplete: () => void ended.push('end'),
    }
    const bench = new RouterBench(own(() => filter)).request()
    expect(bench.outcome).toMatchObject({ status: 500, details: 'filter_exception' })
    expect(bench.stats.counter('http.test.filter_exception').value).toBe(1)
    expect(ended).toEqual(['end'])
  })

  test('hear of the end once for each try, also when the client is gone', () => {
    const ended: number[] = []
    let made = 0
    const make = (): HttpFilter => {
      const mine = ++made
      return { onRequestHeaders() {}, onComplete: () => void ended.push(mine) }
    }
    const bench = new RouterBench({ route: { retryPolicy: policy({}) }, ...own(make) }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.stream.downstreamReset(1, 'downstream_remote_disconnect')
    expect(ended).toEqual([1, 2])
    expect(bench.attempt(1).resetReason).toBe('local reset')
  })

  test('stop the client while the host takes no more', () => {
    const bench = new RouterBench({ config: withFilters(MUTATE) })
    bench.request([], [])
    const request = bench.attempt(0)
    request.full = true
    bench.stream.requestData(new Uint8Array(10), false)
    expect(bench.encoder.disables).toBe(1)
    request.callbacks.onWritable()
    expect(bench.encoder.disables).toBe(0)
  })

  test('keep a body that comes before the connection within the limit', () => {
    const cluster = waiting()
    const bench = new RouterBench({ config: withFilters(MUTATE), cluster }).request([], [])
    bench.stream.requestData(new Uint8Array(1500), false)
    expect(bench.encoder.disables).toBe(1)
    cluster.waiting[0]!()
    expect(bench.encoder.disables).toBe(0)
    expect(bench.attempt(0).body).toHaveLength(1500)
  })
})

function chainOf(filter: HttpFilter): HttpFilterChain {
  const entry = (name: string, create: () => HttpFilter): ChainEntry => ({ name, create, disabled: false })
  return new HttpFilterChain([entry('own', () => filter), entry('codec', upstreamCodec.create({}, undefined as never))])
}
