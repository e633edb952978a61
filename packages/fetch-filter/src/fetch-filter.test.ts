import { bool, duration, message, string } from '@nuncio/config'
import { responseHeaders } from '@nuncio/core'
import { FilterBench, runFilter, type RunOptions, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type FetchHandler, fromFetchHandler } from './index.ts'

const POST: RunOptions['request'] = {
  method: 'POST',
  path: '/a/../b?c=%20d',
  authority: 'shop.example',
  body: ['one ', 'two'],
}
const UPSTREAM: UpstreamAnswer = {
  status: 201,
  headers: [['X-Up', '1'], ['content-length', '8'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']],
  body: ['re', 'sponse'],
  trailers: [['x-sum', '9']],
} // prettier-ignore

const filter = (handler: FetchHandler<object>, maxBytes?: number) =>
  fromFetchHandler({ config: message('test.Fetch', {}), ...(maxBytes !== undefined && { maxBytes }) }, handler)

async function run(handler: FetchHandler<object>, options: RunOptions = {}, maxBytes?: number) {
  const bench = new FilterBench(filter(handler, maxBytes), { request: POST, upstream: UPSTREAM, ...options })
  const open = bench.open()
  await turns(bench)
  return open.transcript()
}

async function turns(bench: FilterBench, count = 30): Promise<void> {
  for (let i = 0; i < count; i++) {
    await bench.time.advanceAsync(0)
    await setImmediate()
  }
}

const upper = () =>
  new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, out) => out.enqueue(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase())),
  })

describe('a handler that lets everything pass', () => {
  test('changes no byte, no header line, no path and no trailers', async () => {
    const plain = await runFilter(filter(async (_, next) => await next()), { request: { ...POST, trailers: [['x-t', '1']] }, upstream: UPSTREAM })
    expect(plain.upstream).toMatchObject({ method: 'POST', path: '/a/../b?c=%20d', authority: 'shop.example', body: 'one two', trailers: [['x-t', '1']] })
    expect(plain).toMatchObject({ status: 201, headers: UPSTREAM.headers, body: 'response', trailers: UPSTREAM.trailers, violations: [], errors: [] })
  }) // prettier-ignore

  test('is shown the request as Fetch has it', async () => {
    let seen: unknown
    await run(async (request, next) => {
      seen = [request.method, request.url, request.headers.get('x-a'), request.signal.aborted]
      return await next()
    }, { request: { ...POST, headers: [['X-A', '1'], ['x-a', '2']] } }) // prettier-ignore
    expect(seen).toEqual(['POST', 'http://shop.example/b?c=%20d', '1, 2', false])
  })
})

describe('a handler that changes headers', () => {
  test('sends on its request and gives back its response, bodies untouched', async () => {
    const t = await run(async (request, next) => {
      request.headers.set('x-mine', 'yes')
      const response = await next(new Request('http://other.example/there?q', request))
      return new Response(response.body, { status: 418, headers: { 'x-only': '1' } })
    })
    expect(t.upstream).toMatchObject({ authority: 'other.example', path: '/there?q', body: 'one two' })
    expect(t.upstream?.headers).toContainEqual(['x-mine', 'yes'])
    expect([t.status, t.headers, t.body]).toEqual([418, [['x-only', '1']], 'response'])
  })

  test('may keep or change each cookie', async () => {
    const t = await run(async (_, next) => {
      const response = await next()
      response.headers.append('set-cookie', 'c=3')
      return response
    })
    expect(t.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2', 'c=3'])
  })
})

describe('a handler that changes bodies', () => {
  test('streams both, without their old lengths and with their trailers', async () => {
    const t = await run(
      async (request, next) => {
        const response = await next(
          new Request(request, { method: 'POST', body: request.body!.pipeThrough(upper()), duplex: 'half' }),
        )
        return new Response(response.body!.pipeThrough(upper()), response)
      },
      { request: { ...POST, headers: [['content-length', '7']], trailers: [['x-t', '1']] } },
    )
    expect(t.upstream).toMatchObject({ body: 'ONE TWO', headers: [], trailers: [['x-t', '1']] })
    expect(t).toMatchObject({ status: 201, body: 'RESPONSE', trailers: [['x-sum', '9']], errors: [] })
    expect(t.header('content-length')).toBeUndefined()
  })

  test('sends a piece as soon as it is there, while the rest is still to come', async () => {
    const bench = new FilterBench(
      filter(async (_, next) => new Response((await next()).body!.pipeThrough(upper()))),
      { upstream: { silent: true } },
    )
    const { stream, encoder } = bench.open()
    stream.encodeHeaders(responseHeaders(200), false)
    await turns(bench, 2)
    for (const [piece, so] of [['a', 'A'], ['b', 'AB'], ['c', 'ABC']] as const) {
      stream.encodeData(new TextEncoder().encode(piece), false)
      await turns(bench, 2)
      expect([encoder.body, encoder.ended]).toEqual([so, false])
    }
    stream.encodeData(new Uint8Array(0), true)
    await turns(bench, 2)
    expect([encoder.body, encoder.ended]).toEqual(['ABC', true])
  }) // prettier-ignore

  test('may read one whole before it decides', async () => {
    const t = await run(async (request, next) => {
      const text = await request.text()
      const response = await next(new Request(request.url, { method: 'PUT', body: `<${text}>` }))
      return new Response(`[${await response.text()}]`, response)
    })
    expect(t.upstream).toMatchObject({ method: 'PUT', body: '<one two>' })
    expect([t.status, t.body, t.trailers, t.errors]).toEqual([201, '[response]', [['x-sum', '9']], []])
  })

  test('may look into one and let it go on all the same', async () => {
    const texts: string[] = []
    const t = await run(async (request, next) => {
      texts.push(await request.text())
      const response = await next()
      texts.push(await response.text())
      return response
    })
    expect(texts).toEqual(['one two', 'response'])
    expect([t.upstream?.body, t.body, t.trailers]).toEqual(['one two', 'response', [['x-sum', '9']]])
  })

  test('may give a body to a request and a response that had none, and take one away', async () => {
    const t = await run(
      async (request, next) => {
        const response = await next(new Request(request.url, { method: 'POST', body: 'made' }))
        return new Response('up', response)
      },
      { request: {}, upstream: { status: 200 } },
    )
    expect([t.upstream?.body, t.upstream?.headers.find(([name]) => name === 'content-length'), t.body]).toEqual(['made', ['content-length', '4'], 'up'])
    const bare = await run(async (request, next) => new Response(null, await next(new Request(request.url, { method: 'GET' }))))
    expect([bare.upstream?.method, bare.upstream?.body, bare.body, bare.ended]).toEqual(['GET', '', '', true])
  }) // prettier-ignore

  test('holds back a body that nobody takes', async () => {
    let made = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({ pull: (out) => out.enqueue(new Uint8Array(1000).fill(++made)) })
    const bench = new FilterBench(
      filter(async (_, next) => new Response(endless(), await next())),
      {
        upstream: { body: 'x' },
      },
    )
    const open = bench.open()
    open.encoder.full = true
    await turns(bench)
    expect([open.encoder.chunks.length, made < 6]).toEqual([1, true])
    open.stream.codecWritable()
    await turns(bench)
    expect(open.encoder.chunks.length).toBe(2)
    open.stream.downstreamReset(0, 'gone')
  })
})

describe('a handler that answers by itself', () => {
  test('makes a local reply with its headers and bytes', async () => {
    const t = await run(() => Response.json({ no: 1 }, { status: 403, headers: { 'x-why': 'closed' } }))
    expect(t).toMatchObject({ status: 403, body: '{"no":1}', upstream: undefined })
    expect([t.header('x-why'), t.header('content-type'), t.info.details]).toEqual(['closed', 'application/json', 'fetch_handler_response'])
  }) // prettier-ignore
})

describe('bad handlers and bad requests', () => {
  test('a body that is larger than may be read before next() is a 413', async () => {
    const t = await run(
      async (request, next) => await next(new Request(request.url, { method: 'POST', body: await request.text() })),
      {},
      5,
    )
    expect([t.status, t.upstream, t.errors]).toEqual([413, undefined, []])
  })

  test('a larger response that is read before it goes on is a 500', async () => {
    const t = await run(async (_, next) => new Response(await (await next()).text()), {}, 7)
    expect([t.status, t.info.details, t.errors]).toEqual([500, 'response_payload_too_large', []])
  })

  test.each<[string, FetchHandler<object>, number]>([
    ['throws', () => { throw new Error('x') }, 1],
    ['rejects', async () => await Promise.reject(new Error('x')), 1],
    ['rejects behind next()', async (_, next) => { await next(); throw new Error('x') }, 1],
    ['returns nothing', (() => {}) as never, 1],
    ['returns Response.error()', () => Response.error(), 1],
    ['calls next() twice', async (_, next) => { await next(); return await next() }, 1],
  ])('one that %s is a 500 with one error', async (_, handler, errors) => {
    const t = await run(handler)
    expect([t.status, t.errors.length, t.violations]).toEqual([500, errors, []])
  }) // prettier-ignore

  test('a body that is not made of bytes breaks its stream', async () => {
    const texts = () => new ReadableStream<never>({ start: (out) => out.enqueue('no' as never) })
    const t = await run(async (_, next) => new Response(texts(), await next()))
    expect([t.reset !== undefined, t.ended, t.errors.length]).toEqual([true, false, 1])
  })

  test('a body that breaks under way resets what has begun', async () => {
    const t = await run(async (_, next) => {
      const { body, ...init } = await next()
      const broken = new TransformStream<Uint8Array, Uint8Array>({ flush: () => { throw new Error('x') } }) // prettier-ignore
      return new Response(body!.pipeThrough(broken), init)
    })
    expect([t.body, t.reset !== undefined, t.errors.length]).toEqual(['response', true, 1])
  })

  test.each([
    ['CONNECT', 'host:1', ''],
    ['TRACE', 'host', '/'],
    ['GET', 'a b', '/'],
  ])('%s to %j, which no Request can show, gets a 400 and not past the handler', async (method, authority, path) => {
    const t = await run(async (_, next) => await next(), { request: { method, authority, path } })
    expect([t.status, t.upstream]).toEqual([400, undefined])
  })
})

test('the signal of the request aborts, and next() rejects, when the client goes away', async () => {
  const told: unknown[] = []
  const handler: FetchHandler<object> = async (request, next) => {
    request.signal.addEventListener('abort', () => told.push('aborted'))
    return await next().catch((error: unknown) => {
      told.push((error as Error).name)
      throw error
    })
  }
  const bench = new FilterBench(filter(handler), { upstream: { silent: true } })
  const open = bench.open()
  await turns(bench, 2)
  open.stream.downstreamReset(0, 'gone')
  await turns(bench, 2)
  expect([told, open.transcript().errors]).toEqual([['aborted', 'AbortError'], []])
})

test('knows its configuration, the one of its route, metadata, statistics and clusters', async () => {
  const definition = fromFetchHandler(
    {
      name: 'acme.greet',
      config: message('test.Greet', { text: string(), wait: duration() }),
      routeConfig: message('test.GreetRoute', { loud: bool() }),
    },
    async (_, next, { config, routeConfig, metadata, clusters, stats }) => {
      stats.counter('greet.seen').inc()
      metadata.set('acme', { text: config.text })
      const asked = await clusters.fetch('names', '/who?x', { method: 'POST', body: 'me', timeoutMs: 70 })
      const response = await next()
      response.headers.set('x-greet', `${config.text} ${config.wait} ${routeConfig?.loud} ${await asked.text()} ${asked.status}`)
      return response
    },
  ) // prettier-ignore
  const asked: unknown[] = []
  const t = await runFilter(definition, {
    config: 'text: hi\nwait: 2s',
    routeConfigs: ['"@type": type.googleapis.com/test.GreetRoute\nloud: true'],
    fetch: async (cluster, { method, path, authority, timeoutMs, body, span }) => {
      asked.push(cluster, method, path, authority, timeoutMs, new TextDecoder().decode(body), span)
      return { status: 202, headers: responseHeaders(202), body: new TextEncoder().encode('Ann'), grpcStatus: -1, grpcMessage: '' }
    },
  }) // prettier-ignore
  expect(t.header('x-greet')).toBe('hi 2000 true Ann 202')
  expect(asked).toEqual(['names', 'POST', '/who?x', 'names', 70, 'me', t.spans[1]])
  expect(t.spans[1]).toMatchObject({ operation: 'async names egress', ends: 1 })
  expect(t.info.metadata?.get('acme')).toEqual({ text: 'hi' })
  expect(t.stats.counters.get('http.test.greet.seen')?.value).toBe(1)
})
