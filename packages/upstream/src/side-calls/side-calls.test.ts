import { TestSpan } from '@nuncio/core/testing'
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterManagerOptions } from '../cluster/options.ts'
import { endpoints, ManagerWorld } from '../testing/manager-world.ts'
import { Origin } from '../testing/origin.ts'
import { GrpcReader, grpcFrame } from './grpc-frame.ts'
import { SideCallError, type SideRequest, type SideResponse } from '@nuncio/cluster'
import { SOON } from '../testing/soon.ts'

let world: ManagerWorld
const origins: Origin[] = []
const servers: Http2Server[] = []
afterEach(async () => {
  await world.close()
  await Promise.all(origins.splice(0).map((one) => one.close()))
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function http1(config: object = {}, more: Partial<ClusterManagerOptions> = {}): Promise<Origin> {
  const origin = await Origin.listen()
  origins.push(origin)
  world = new ManagerWorld([{ name: 'auth', load_assignment: endpoints(origin.address), ...config }], more)
  await world.manager.ready()
  return origin
}
async function http2(on: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void): Promise<void> {
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    on(stream, headers)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  world = new ManagerWorld([{ name: 'auth', http2_protocol_options: {}, load_assignment: endpoints(address) }])
  await world.manager.ready()
}
const call = (more: Partial<SideRequest> = {}): Promise<SideResponse> =>
  world.manager.fetch('auth', { method: 'GET', path: '/check', authority: 'auth.test', timeoutMs: 1000, ...more })
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SideCallError) return `${error.failure}: ${error.message}`
    throw error
  }
  return 'none'
}
const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('side calls', () => {
  it.each<[Partial<SideRequest>, string]>([
    [{}, '1000 true 192.0.2.1'],
    [{ headers: [['x-forwarded-for', '9.9.9.9']] }, '1000 true 9.9.9.9,192.0.2.1'],
    [{ timeoutMs: 0, sendXff: false }, '- true -'],
    [{ sendInternal: false, sendXff: false }, '1000 - -'],
  ])('tell the service who asks, and how long it waits: %o', async (request, told) => {
    const origin = await http1({}, { ownAddress: '192.0.2.1' })
    const names = ['x-envoy-expected-rq-timeout-ms', 'x-envoy-internal', 'x-forwarded-for']
    origin.on = ({ headers }, response) => response.end(names.map((name) => headers[name] ?? '-').join(' '))
    const { body } = await call(request)
    expect(String(Buffer.from(body))).toBe(told)
  })

  it('send a request and read the whole answer, counted and reported like traffic', async () => {
    const origin = await http1({ outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100 } })
    let seen = ''
    origin.on = (request, response) => {
      seen = `${request.method} ${request.url} ${request.headers.host} ${String(request.headers['x-a'])}`
      request.on('data', (data) => (seen += ` ${String(data)}`))
      request.on('end', () => response.writeHead(403, { 'x-why': 'no' }).end('denied'))
    }
    const answer = await call({ method: 'POST', headers: [['x-a', '1']], body: bytes('body') })
    expect(seen).toBe('POST /check auth.test 1 body')
    expect([
      answer.status,
      answer.headers.get('x-why'),
      Buffer.from(answer.body).toString(),
      answer.grpcStatus,
    ]).toEqual([403, 'no', 'denied', -1])
    expect([world.stat('cluster.auth.upstream_rq_403'), world.stat('cluster.auth.upstream_rq_4xx')]).toEqual([1, 1])
    origin.on = (_request, response) => void response.writeHead(500).end()
    await call()
    expect(world.hosts('auth')).toEqual([`${origin.address} failed_outlier_check`])
    expect(origin.sockets.size).toBeLessThanOrEqual(1)
  })

  it('tell the service of their span, and the span how they ended', async () => {
    const origin = await http1()
    let seen: unknown
    origin.on = (request, response) => {
      seen = request.headers['traceparent']
      response.writeHead(503).end()
    }
    const span = new TestSpan().child('look-up')
    await call({ span })
    expect(seen).toBe(`00-${span.traceId}-${span.spanId}-01`)
    const target = { component: 'proxy', upstream_cluster: 'auth', 'upstream_cluster.name': 'auth', upstream_address: origin.address, 'peer.address': origin.address } // prettier-ignore
    expect(span.attributes).toEqual({ ...target, 'http.status_code': '503', error: 'true' })
    origin.on = (request) => request.socket.destroy()
    const broken = new TestSpan().child('look-up')
    await failure(call({ span: broken }))
    expect(broken.attributes).toEqual({ ...target, 'http.status_code': '0', error: 'true', 'error.reason': 'reset' })
    expect([span.ends, broken.ends]).toEqual([0, 0])
  })

  it('fail with a reason: no cluster, no host, refused, overflow', async () => {
    const origin = await http1({ circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] } })
    expect(
      await failure(world.manager.fetch('nowhere', { method: 'GET', path: '/', authority: 'x', timeoutMs: 1 })),
    ).toBe("no-cluster: there is no cluster 'nowhere'")
    expect(await failure(call())).toBe('overflow: overflow')
    const { address } = origin
    await world.close()
    await origin.close()
    world = new ManagerWorld([{ name: 'auth', load_assignment: endpoints(address) }])
    await world.manager.ready()
    expect(await failure(call())).toBe('connect: remote connection failure: delayed connect error: Connection refused')
    await world.close()
    world = new ManagerWorld([{ name: 'auth' }])
    await world.manager.ready()
    expect(await failure(call())).toContain('no-host')
  })

  it('fail after their time, when the host goes away, and when the answer is too large', async () => {
    const origin = await http1()
    origin.on = () => {}
    const late = failure(call())
    await expect.poll(() => origin.requests, SOON).toBe(1)
    world.time.advance(1002)
    expect(await late).toBe('timeout: no answer within 1000 ms')
    expect(world.host('auth', origin.address).stats).toMatchObject({ rqTimeout: 1, rqError: 1, rqActive: 0 })
    await expect.poll(() => origin.sockets.size, SOON).toBe(0)
    origin.on = (request) => request.socket.destroy()
    expect(await failure(call())).toContain('reset: connection termination')
    origin.on = (_request, response) => void response.end('x'.repeat(100))
    expect(await failure(call({ maxResponseBytes: 99 }))).toBe('too-large: the answer is larger than 99 bytes')
    expect((await call({ maxResponseBytes: 100 })).body.length).toBe(100)
  })

  it('can be aborted, before and while they run, and end with the manager', async () => {
    const origin = await http1()
    origin.on = () => {}
    const controller = new AbortController()
    const running = failure(call({ signal: controller.signal }))
    await expect.poll(() => origin.requests, SOON).toBe(1)
    controller.abort()
    expect(await running).toBe('aborted: aborted')
    expect(await failure(call({ signal: controller.signal }))).toBe('aborted: aborted before it began')
    const last = failure(call())
    await world.close()
    expect(await last).toBe('closed: the cluster manager is closed')
    expect(await failure(call())).toContain('closed')
  })

  it('speak gRPC', async () => {
    const seen: unknown[] = []
    await http2((stream, headers) => {
      const parts: Buffer[] = []
      stream.on('data', (chunk: Buffer) => parts.push(chunk))
      stream.on('end', () => {
        seen.push([headers[':method'], headers['content-type'], headers['te'], Buffer.concat(parts).toString('hex')])
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(grpcFrame(bytes('answer')))
      })
    })
    const answer = await call({ grpc: true, body: bytes('ask') })
    expect(seen).toEqual([['POST', 'application/grpc', 'trailers', '000000000361736b']])
    expect([answer.grpcStatus, Buffer.from(answer.body).toString(), answer.status]).toEqual([0, 'answer', 200])
  })

  it.each([
    ['trailers only', { ':status': 200, 'grpc-status': '7', 'grpc-message': 'not%20you%21' }, 7, 'not you!'],
    ['an answer that is not gRPC', { ':status': 503 }, 14, ''],
    ['no status at all', { ':status': 200 }, 2, ''],
    ['OK without a message', { ':status': 200, 'grpc-status': '0' }, 13, ''],
  ])('understand a gRPC answer of %s', async (_what, headers, status, message) => {
    await http2((stream) => stream.respond(headers, { endStream: true }))
    expect(await call({ grpc: true })).toMatchObject({ grpcStatus: status, grpcMessage: message })
  })

  it('take only one whole, uncompressed message for an answer', () => {
    const read = (...chunks: Uint8Array[]): Uint8Array | undefined => {
      const reader = new GrpcReader(100)
      for (const chunk of chunks) reader.push(chunk)
      return reader.message
    }
    const frame = grpcFrame(bytes('abc'))
    expect(read(frame.subarray(0, 3), frame.subarray(3))).toEqual(Buffer.from('abc'))
    expect(read(grpcFrame(bytes('')))).toEqual(Buffer.from(''))
    expect(read(frame.subarray(0, 7))).toBeUndefined()
    expect(read(frame, frame)).toBeUndefined()
    expect(read(Buffer.from([1, 0, 0, 0, 0]))).toBeUndefined()
    expect(new GrpcReader(7).push(frame)).toBe(false)
  })
})
