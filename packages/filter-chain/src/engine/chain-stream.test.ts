import { latin1Bytes, latin1Text, responseHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import type { HttpFilter, HttpFilterDefinition } from '../filter.ts'
import { localReply } from '../local-reply.ts'
import { MoreData } from '../more-data.ts'
import { FilterBench, runFilter, type RunOptions, type UpstreamAnswer } from '../testing/index.ts'

/** A definition around one filter object. */
function wrap(filter: HttpFilter | (() => HttpFilter)): HttpFilterDefinition {
  return {
    name: 'test',
    config: { type: 'test', honours: {} },
    stability: 'stable',
    create: () => (typeof filter === 'function' ? filter : () => filter),
  }
}
const post = (body: string[]): RunOptions['request'] => ({ method: 'POST', body })

describe('ChainStream', () => {
  it('passes a request and its response when filters answer nothing', async () => {
    const t = await runFilter(wrap({ onRequestHeaders() {}, onResponseHeaders() {} }), {
      request: { ...post(['ab', 'c']), trailers: [['x-sum', '1']] },
      upstream: { status: 201, headers: [['x-a', 'b']], body: ['1', '2'], trailers: [['x-t', 'y']] },
    })
    expect(t.upstream).toMatchObject({ method: 'POST', body: 'abc', trailers: [['x-sum', '1']] })
    expect([t.status, t.body, t.trailers, t.violations]).toEqual([201, '12', [['x-t', 'y']], []])
  })

  it('answers with a local reply from the request side and runs the response hooks on it', async () => {
    const t = await runFilter(
      wrap({
        onRequestHeaders: () => localReply(403, 'no', { body: 'stop' }),
        onResponseHeaders: (h) => h.set('x-seen', '1'),
      }),
    )
    expect([t.status, t.body, t.header('x-seen'), t.header('content-length'), t.info.details]).toEqual([
      403,
      'stop',
      '1',
      '4',
      'no',
    ])
    expect(t.upstream).toBeUndefined()
  })

  it('has noted the status by the time response filters see it', async () => {
    const seen: number[] = []
    const onResponseHeaders: HttpFilter['onResponseHeaders'] = (_headers, stream) => void seen.push(stream.info.status)
    await runFilter(wrap({ onResponseHeaders }), { upstream: { status: 201 } })
    const refusing: HttpFilter = { onRequestHeaders: () => localReply(403, 'no'), onResponseHeaders }
    await runFilter(wrap(refusing))
    // A gRPC answer is a 200 in the end.
    await runFilter(wrap(refusing), { request: { headers: [['content-type', 'application/grpc']] } })
    expect(seen).toEqual([201, 403, 403])
  })

  it('holds the stream while a promise is out, and keeps data in order behind it', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const bench = new FilterBench(wrap({ onRequestHeaders: () => gate }), { upstream: { body: 'ok' } })
    const open = bench.open(post(['1', '2', '3']))
    await bench.time.advanceAsync(0)
    expect(open.transcript().upstream).toBeUndefined()
    release()
    await bench.time.advanceAsync(0)
    expect(open.transcript()).toMatchObject({ status: 200, upstream: { body: '123' }, violations: [] })
  })

  it('shows what was read of a body that is too large to be buffered', async () => {
    let read: Uint8Array | undefined
    const filter: HttpFilter = {
      async onRequestHeaders(_headers, stream) {
        expect(await stream.bufferRequest(3)).toBeUndefined()
        read = stream.bufferedRequest
      },
    }
    const t = await runFilter(wrap(filter), { request: post(['ab', 'cd', 'ef']) })
    expect([latin1Text(read!), t.upstream?.body]).toEqual(['abcd', 'abcdef'])
  })

  it('buffers a body in front of the filter that asks, then sends it past that filter', async () => {
    const seen: string[] = []
    const buffering: HttpFilter = {
      async onRequestHeaders(_headers, stream) {
        const body = await stream.bufferRequest(100)
        seen.push(latin1Text(body!))
        stream.setBufferedRequest(latin1Bytes(`<${latin1Text(body!)}>`))
      },
    }
    const t = await runFilter(wrap(buffering), { request: post(['a', 'b', 'c']) })
    expect([seen, t.upstream?.body]).toEqual([['abc'], '<abc>'])
    const empty = await runFilter(wrap(buffering), { request: { method: 'GET' } })
    expect(empty.upstream?.body).toBe('<>')
  })

  it('says undefined for a body over the limit and lets the filter refuse it', async () => {
    const t = await runFilter(
      wrap({
        onRequestHeaders: async (_headers, stream) =>
          (await stream.bufferRequest(2)) === undefined ? localReply(413, 'request_payload_too_large') : undefined,
      }),
      { request: post(['ab', 'cd']) },
    )
    expect(t.status).toBe(413)
  })

  it('replaces, swallows, delays and injects data', async () => {
    const upper: HttpFilter = {
      onRequestData(chunk, stream, end) {
        const text = latin1Text(chunk)
        if (text === 'drop') return new Uint8Array(0)
        if (text === 'wait') return Promise.resolve(latin1Bytes('WAITED'))
        if (end) stream.addRequestData(latin1Bytes('[last]'))
        return latin1Bytes(text.toUpperCase())
      },
    }
    const t = await runFilter(
      wrap(() => upper),
      { request: post(['a', 'drop', 'wait', 'b', 'c']) },
    )
    expect(t.upstream?.body).toBe('AWAITEDB[last]C')
  })

  it('makes trailers that did not arrive', async () => {
    const t = await runFilter(
      wrap({
        onResponseData(_chunk, stream, end) {
          if (end) stream.addResponseTrailers().append('x-made', 'yes')
        },
      }),
      { upstream: { body: ['1', '2'] } },
    )
    expect([t.body, t.trailers, t.violations]).toEqual(['12', [['x-made', 'yes']], []])
  })

  it.each<[string, HttpFilter]>([
    ['removed', { onResponseHeaders: (headers) => void headers.remove(':status') }],
    ['made no number', { onResponseHeaders: (headers) => headers.set(':status', 'fine') }],
    ['removed late', { onResponseHeaders: async (headers) => void headers.remove(':status') }],
  ])('answers 502 in place of a response whose status a filter has %s', async (_, filter) => {
    const t = await runFilter(wrap(filter), { upstream: { body: ['1', '2'] } })
    expect([t.status, t.body, t.info.details, t.violations]).toEqual([
      502,
      'missing required header: :status',
      'filter_removed_required_response_headers{missing_required_header:_:status}',
      [],
    ])
  })

  it('turns what a filter throws or rejects with into a 500', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    for (const filter of [
      { onRequestHeaders: boom },
      { onRequestHeaders: async () => Promise.reject(new Error('late')) },
      { onRequestData: boom },
      { onResponseHeaders: boom },
    ] satisfies HttpFilter[]) {
      const t = await runFilter(wrap(filter), { request: post(['x']), upstream: { body: 'y' } })
      expect([t.status, t.errors.length, t.info.details, t.violations]).toEqual([500, 1, 'filter_exception', []])
    }
  })

  it('resets the stream when a filter fails after the response began', async () => {
    const t = await runFilter(
      wrap({
        onResponseData() {
          throw new Error('boom')
        },
      }),
      { upstream: { body: 'y' } },
    )
    expect([t.status, t.reset, t.ended]).toEqual([200, 'local reset', false])
  })

  it('stops reading the peer while too much waits, and starts again', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const bench = new FilterBench(wrap({ onRequestHeaders: () => gate }), {
      bufferLimit: 3,
      upstream: (request) => ({ silent: request.body !== '' }),
    })
    const open = bench.open(post(['ab', 'cd', 'ef']))
    expect(open.encoder.disables).toBe(1)
    release()
    await bench.time.advanceAsync(0)
    expect(open.encoder.disables).toBe(0)
    expect(open.transcript().upstream?.body).toBe('abcdef')
  })

  it('tells every filter once that the stream is over, also when the client is gone', async () => {
    let completed = 0
    const bench = new FilterBench(
      wrap({ onRequestHeaders: () => new Promise<void>(() => {}), onComplete: () => void completed++ }),
    )
    const open = bench.open()
    const signal = open.stream.signal
    open.stream.downstreamReset(1, 'downstream_remote_disconnect')
    open.stream.downstreamReset(1, 'again')
    expect([completed, signal.aborted, open.transcript().violations]).toEqual([1, true, []])
  })

  it('asks a filter for more, one piece at a time, while there is room', async () => {
    let left = 3
    const piecewise: HttpFilter = {
      onResponseData: (chunk, _stream, end) => (end && left-- > 0 ? new MoreData(latin1Bytes(`${left}`)) : chunk),
    }
    const bench = new FilterBench(wrap(piecewise), { upstream: { body: 'x' } })
    const { stream, encoder } = bench.open()
    expect([encoder.body, encoder.ended, stream.done]).toEqual(['210', true, true])

    left = 3
    const held = new FilterBench(wrap(piecewise), { upstream: { silent: true } }).open()
    held.encoder.full = true
    held.stream.encodeHeaders(responseHeaders(200), false)
    held.stream.encodeData(latin1Bytes('x'), true)
    expect([held.encoder.body, held.encoder.ended]).toEqual(['2', false])
    held.stream.codecWritable()
    expect(held.encoder.body).toBe('21')
    held.encoder.full = false
    held.stream.codecWritable()
    expect([held.encoder.body, held.encoder.ended, held.encoder.violations]).toEqual(['210', true, []])
  })

  it('shows a body to the filter that holds its headers, and keeps what it lets go on behind them', async () => {
    let release = (): void => {}
    let over = 0
    const shown: string[] = []
    const filter: HttpFilter = {
      onRequestHeaders: async (_headers, stream) => {
        stream.streamRequest(100, () => over++)
        await new Promise<void>((resolve) => (release = resolve))
      },
      onRequestData: (chunk) => void shown.push(latin1Text(chunk)),
    }
    const after = { onRequestData: (chunk: Uint8Array) => void shown.push(`after ${latin1Text(chunk)}`) }
    const bench = new FilterBench(wrap(filter), { upstream: { body: 'ok' }, after: [after] })
    const open = bench.open({ ...post(['1', '2']), trailers: [['x-t', 'y']] })
    await bench.time.advanceAsync(0)
    expect([shown, over, open.transcript().upstream]).toEqual([['1', '2'], 1, undefined])
    release()
    await bench.time.advanceAsync(0)
    expect(open.transcript()).toMatchObject({ status: 200, upstream: { body: '12', trailers: [['x-t', 'y']] } })
    expect(shown).toEqual(['1', '2', 'after 12'])
  })

  it('keeps the order when a chunk that was held comes free after what was kept before it', async () => {
    let free = (): void => {}
    let release = (): void => {}
    const filter: HttpFilter = {
      onRequestHeaders: async (_headers, stream) => {
        stream.streamRequest(100, () => {})
        await new Promise<void>((resolve) => (release = resolve))
      },
      onRequestData: (chunk) =>
        latin1Text(chunk) === '2' ? new Promise<void>((resolve) => (free = resolve)) : undefined,
    }
    const bench = new FilterBench(wrap(filter), { upstream: { body: 'ok' } })
    const open = bench.open(post(['1', '2', '3']))
    await bench.time.advanceAsync(0)
    release()
    await bench.time.advanceAsync(0)
    free()
    await bench.time.advanceAsync(0)
    expect(open.transcript()).toMatchObject({ status: 200, upstream: { body: '123' }, violations: [] })
  })

  it('has room for the response to a request that starts over, however much of the one before had piled up', async () => {
    let release = (): void => {}
    let times = 0
    const restarter: HttpFilter = { onResponseHeaders: (_headers, stream) => void (++times === 1 && stream.restart(() => {})) } // prettier-ignore
    const holder: HttpFilter = { onResponseHeaders: () => (times === 0 ? new Promise<void>((resolve) => (release = resolve)) : undefined) } // prettier-ignore
    let asked = 0
    const upstream = (): UpstreamAnswer => (++asked === 1 ? { body: 'more than four' } : { silent: true })
    const bench = new FilterBench(wrap(restarter), { after: [holder], bufferLimit: 4, upstream })
    const open = bench.open()
    expect(open.stream.encodeData(latin1Bytes('x'), false)).toBe(false)
    release()
    await bench.time.advanceAsync(0)
    expect(asked).toBe(2)
    open.stream.encodeHeaders(responseHeaders(200), false)
    expect(open.stream.encodeData(latin1Bytes('x'), false)).toBe(true)
  })

  it('reads on once a request starts over, however often its terminal filter had asked to stop', () => {
    const bench = new FilterBench(wrap({}), { upstream: { silent: true } })
    const { stream, encoder } = bench.open()
    stream.requestReadDisable(true)
    stream.requestReadDisable(true)
    expect(encoder.disables).toBe(2)
    expect(stream.restart(() => {})).toBe(true)
    expect([encoder.disables, encoder.violations]).toEqual([0, []])
    stream.requestReadDisable(true)
    stream.requestReadDisable(false)
    expect([encoder.disables, encoder.violations]).toEqual([0, []])
  })

  it('reads on once a request starts over while what its filters had held is still going out', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    let times = 0
    const filter: HttpFilter = {
      onRequestHeaders: () => (times === 0 ? gate : undefined),
      onResponseHeaders: (_headers, stream) => void (++times === 1 && stream.restart(() => {})),
    }
    const bench = new FilterBench(wrap(filter), { bufferLimit: 4, upstream: { body: 'ok' } })
    const { stream, encoder } = bench.open(post(['more than four']))
    expect(encoder.disables).toBe(1)
    release()
    await bench.time.advanceAsync(0)
    expect([times, stream.responseEnded]).toEqual([2, true])
    expect([encoder.disables, encoder.violations]).toEqual([0, []])
  })
})
