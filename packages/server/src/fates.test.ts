import { FATES } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { PREFACE } from '@nuncio/http-codec'
import { END_HEADERS, END_STREAM, FRAME, frame, get as fieldsOf, literals, uint32 } from '@nuncio/http-codec/testing'
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import type { NuncioServer } from './nuncio-server.ts'
import { bootstrap, logTo } from './test-support/bootstrap.ts'
import { ok, RawOrigin, until } from './test-support/raw-origin.ts'

// Every way in which a request can end, against a real server: each ends in one fate, in the statistics and in the log.

const FAULT = `
  typed_per_filter_config:
    envoy.filters.http.fault:
      '@type': type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
      abort: { http_status: 418, percentage: { numerator: 100 } }`
const TRY_AGAIN = 'retry_policy: { retry_on: 5xx, num_retries: 1, per_try_timeout: 1s }'
const ROUTES = `
- match: { prefix: /fault }
  route: { cluster: app }${FAULT}
- match: { prefix: /retry }
  route: { cluster: app, ${TRY_AGAIN} }
- match: { prefix: /hedge }
  route: { cluster: app, ${TRY_AGAIN}, hedge_policy: { hedge_on_per_try_timeout: true } }
- match: { prefix: /idle-try }
  route: { cluster: app, retry_policy: { per_try_idle_timeout: 1s } }
- match: { prefix: /idle }
  route: { cluster: app, idle_timeout: 1s, timeout: 0s }
- match: { prefix: /duration }
  route: { cluster: app, max_stream_duration: { max_stream_duration: 1s }, timeout: 0s }
- match: { prefix: /timeout }
  route: { cluster: app, timeout: 2s }
- match: { prefix: /redirect }
  route: { cluster: app, internal_redirect_policy: { max_internal_redirects: 2 } }
- match: { prefix: /mirror }
  route: { cluster: app, request_mirror_policies: [{ cluster: app }, { cluster: dead }] }
- match: { prefix: /direct }
  direct_response: { status: 503 }
- match: { prefix: /moved }
  redirect: { path_redirect: /elsewhere }
- match: { prefix: /upgrade }
  route: { cluster: app, upgrade_configs: [{ upgrade_type: websocket }] }
- match: { prefix: /gone }
  route: { cluster_header: x-cluster }
- match: { prefix: /empty }
  route: { cluster: empty }
- match: { prefix: /full }
  route: { cluster: full }
- match: { prefix: /dropped }
  route: { cluster: dropped }
- match: { prefix: /dead }
  route: { cluster: dead }
- match: { prefix: /app }
  route: { cluster: app }`
const NOBODY = '{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }'
const CLUSTERS = `
    - name: empty
    - name: full
      circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] }
      load_assignment: { cluster_name: full, endpoints: [{ lb_endpoints: [${NOBODY}] }] }
    - name: dropped
      load_assignment:
        cluster_name: dropped
        policy: { drop_overloads: [{ category: all, drop_percentage: { numerator: 100 } }] }
        endpoints: [{ lb_endpoints: [${NOBODY}] }]
    - name: dead
      load_assignment: { cluster_name: dead, endpoints: [{ lb_endpoints: [${NOBODY}] }] }`

type ShedPoint = 'stopAcceptingRequests' | 'decodeHeaders' | 'filterCheck' | 'newUpstreamConnection'

/** The beginning of an HTTP/2 connection, with one request. */
function http2(target: string): Buffer {
  const head = frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, literals(fieldsOf(target)))
  return Buffer.concat([Buffer.from(PREFACE), frame(FRAME.SETTINGS, 0, 0), head])
}
const CANCEL = 8

/** What is sent, what the client does meanwhile, and the fates that it comes to. */
interface Case {
  readonly request: string | Buffer
  readonly leaves?: 'at once' | 'in the response' | 'by a reset'
  /** What is shed while it begins. */
  readonly sheds?: ShedPoint
  readonly fates: readonly (keyof typeof FATES)[]
}
const get = (target: string, extra = ''): string => `GET ${target} HTTP/1.1\r\nhost: a\r\n${extra}\r\n`

const CASES = {
  'a good answer': { request: get('/app'), fates: ['success'] },
  'a good answer to a mirrored request': { request: get('/mirror'), fates: ['success'] },
  'an error of the upstream': { request: get('/app?status=503'), fates: ['not_retryable'] },
  'a good answer at the second try': { request: get('/retry?first=503'), fates: ['success_after_retry'] },
  'errors at each try': { request: get('/retry?status=503'), fates: ['retry_limit'] },
  'silence at each try': { request: get('/retry?silent'), fates: ['retry_limit'] },
  'silence at each hedged try': { request: get('/hedge?silent'), fates: ['retry_limit'] },
  'a reset before the head': { request: get('/app?reset'), fates: ['upstream_error'] },
  'a reset in the body': { request: get('/app?cut'), fates: ['upstream_error'] },
  'nobody who listens': { request: get('/dead'), fates: ['upstream_error'] },
  'rubbish from the upstream': { request: get('/app?rubbish'), fates: ['upstream_error'] },
  'the timeout of the route': { request: get('/timeout?silent'), fates: ['timeout'] },
  'the idle timeout of a try': { request: get('/idle-try?silent'), fates: ['timeout'] },
  'the idle timeout of the stream': { request: get('/idle?silent'), fates: ['timeout'] },
  'the longest duration of the stream': { request: get('/duration?silent'), fates: ['timeout'] },
  'a timeout in the response': { request: get('/timeout?half'), fates: ['timeout'] },
  'a redirect that is followed': { request: get('/redirect?to=/app'), fates: ['internal_redirect', 'success'] },
  'a redirect into an error': {
    request: get('/redirect?to=/app?status=500'),
    fates: ['internal_redirect', 'not_retryable'],
  },
  'a redirect to a filter': { request: get('/redirect?to=/fault'), fates: ['internal_redirect', 'local_reply'] },
  'a client that leaves before the head': {
    request: get('/app?silent'),
    leaves: 'at once',
    fates: ['client_abort'],
  },
  'a client that leaves in the body': {
    request: get('/app?half'),
    leaves: 'in the response',
    fates: ['client_abort'],
  },
  'a filter that answers': { request: get('/fault'), fates: ['local_reply'] },
  'a direct response': { request: get('/direct'), fates: ['local_reply'] },
  'a redirect of the route': { request: get('/moved'), fates: ['local_reply'] },
  'a request that makes no sense': { request: 'GET\r\n\r\n', fates: ['local_reply'] },
  'a request without host': { request: 'GET /app HTTP/1.1\r\n\r\n', fates: ['local_reply'] },
  'no route': { request: get('/nowhere'), fates: ['no_route'] },
  'no cluster': { request: get('/gone', 'x-cluster: never\r\n'), fates: ['no_cluster'] },
  'no host': { request: get('/empty'), fates: ['no_healthy_host'] },
  'a limit of requests that wait': { request: get('/full'), fates: ['overflow'] },
  'load that is dropped': { request: get('/dropped'), fates: ['overflow'] },
  'an HTTP/2 stream with a good answer': { request: http2('/app'), fates: ['success'] },
  'an HTTP/2 stream that the client resets': {
    request: http2('/app?silent'),
    leaves: 'by a reset',
    fates: ['client_abort'],
  },
  'an HTTP/2 stream that is reset in the response': {
    request: http2('/app?half'),
    leaves: 'by a reset',
    fates: ['client_abort'],
  },
  'an HTTP/2 connection that breaks off': { request: http2('/app?silent'), leaves: 'at once', fates: ['client_abort'] },
  'a request that overload refuses': { request: get('/app'), sheds: 'stopAcceptingRequests', fates: ['local_reply'] },
  'a request that is shed before its filters': { request: get('/app'), sheds: 'decodeHeaders', fates: ['local_reply'] },
  'a request that is shed by the router': { request: get('/app'), sheds: 'filterCheck', fates: ['local_reply'] },
  'a connection that overload does not open': {
    request: get('/dead'),
    sheds: 'newUpstreamConnection',
    fates: ['overflow'],
  },
  'an HTTP/2 stream that overload refuses': {
    request: http2('/app'),
    sheds: 'stopAcceptingRequests',
    fates: ['local_reply'],
  },
  'a tunnel': {
    request: get('/upgrade?upgrade', 'connection: upgrade\r\nupgrade: websocket\r\n'),
    leaves: 'in the response',
    fates: ['upgraded'],
  },
} as const satisfies Record<string, Case>
type Name = keyof typeof CASES

/** Does what the query says. */
function answer(socket: Socket, head: string): void {
  const { searchParams: asked, pathname } = new URL(head.split(' ', 2)[1]!, 'http://a')
  const attempt = /x-envoy-attempt-count: (\d)/.exec(head)?.[1]
  if (asked.has('silent')) return
  if (asked.has('reset')) return void socket.resetAndDestroy()
  if (asked.has('rubbish')) return void socket.write('rubbish\r\n\r\n')
  if (asked.has('half')) return void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')
  if (asked.has('cut')) return void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')
  if (asked.has('upgrade')) {
    return void socket.write('HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  }
  const to = /\?to=(.*)/.exec(head.split(' ', 2)[1]!)?.[1]
  if (to !== undefined)
    return void socket.write(`HTTP/1.1 302 Go\r\nlocation: http://a${to}\r\ncontent-length: 0\r\n\r\n`)
  const status = attempt === '1' && asked.has('first') ? asked.get('first') : asked.get('status')
  socket.write(status === null ? ok(pathname) : `HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-fates-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

let files = 0

/** A server with a log, on a clock that the test moves. */
async function serve(origin: RawOrigin) {
  const file = path.join(folder, `log${files++}`)
  const time = new FakeTime()
  const hcm = logTo(file, '%FATE% %UPSTREAM_CLUSTER% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %REQ(:PATH)%')
  const filters = `
- name: envoy.filters.http.fault
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault }`
  const host = 'include_request_attempt_count: true'
  const yaml = bootstrap({ hcm, filters, host, routes: ROUTES, more: CLUSTERS })
  const server = await createServer(yaml, { endpoints: { app: [origin.address] }, time })
  const counted = (prefix: string): Record<string, number> => {
    const found = [...server.stats.counters.values()].filter(({ name, value }) => name.startsWith(prefix) && value > 0)
    return Object.fromEntries(found.map(({ name, value }) => [name.slice(prefix.length), value]))
  }
  const logged = async (): Promise<string[]> => {
    await server.close()
    return readFileSync(file, 'utf8').trim().split('\n')
  }
  return { server, time, counted, logged }
}

/** Plays one case on a connection of its own until the server is done with it; `begun` is called while it runs. */
async function play(served: Awaited<ReturnType<typeof serve>>, name: Name, begun = (): void => {}): Promise<void> {
  const { server, time } = served
  const { request, leaves, sheds }: Case = CASES[name]
  const point = sheds && (server as NuncioServer).parts.services.overload[sheds]
  const active = server.stats.gauge('http.test.downstream_rq_active')
  const total = server.stats.counter('http.test.downstream_rq_total')
  const before = total.value
  const socket = connect(server.listeners[0]!.port, '127.0.0.1')
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  if (point !== undefined) point.share = 1
  socket.write(request)
  await until(() => total.value > before)
  if (point !== undefined) point.share = 0
  begun()
  if (leaves === 'at once') socket.resetAndDestroy()
  if (leaves === 'by a reset') socket.write(frame(FRAME.RST_STREAM, 0, 1, uint32(CANCEL)))
  if (leaves === 'in the response') {
    await until(() => text.includes('\r\n\r\n'))
    socket.resetAndDestroy()
  }
  await until(() => {
    if (active.value > 0 && leaves === undefined) time.advance(20)
    return active.value === 0
  })
  socket.destroy()
}

const tally = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** What was counted and logged of some requests, one after the other; the server drains while the last one runs, or not. */
async function account(names: readonly Name[], draining: boolean) {
  await using origin = await RawOrigin.start(answer)
  const served = await serve(origin)
  const drain = (): void => void served.server.drain(60_000)
  for (const [i, name] of names.entries()) {
    await play(served, name, draining && i === names.length - 1 ? drain : undefined)
  }
  const fates = served.counted('http.test.fate.')
  const app = served.counted('cluster.app.fate.')
  const total = served.server.stats.counter('http.test.downstream_rq_total').value
  return { fates, app, total, lines: (await served.logged()).map((line) => line.split(' ')) }
}

describe('fates', () => {
  test.each(Object.keys(CASES) as Name[])('name what became of a request: %s', async (name) => {
    const { fates, lines } = await account([name], false)
    expect(lines.map(([fate]) => fate)).toEqual(CASES[name].fates)
    expect(fates).toEqual(tally(CASES[name].fates))
  })

  test('add up to the requests, in the statistics and in the log, whatever happens', async () => {
    const some = fc.array(fc.constantFrom(...(Object.keys(CASES) as Name[])), { minLength: 2, maxLength: 12 })
    const addUp = async (names: readonly Name[], draining: boolean): Promise<void> => {
      const { fates, app, total, lines } = await account(names, draining)
      expect(fates).toEqual(tally(names.flatMap((name) => CASES[name].fates)))
      expect(tally(lines.map(([fate]) => fate!))).toEqual(fates)
      expect(lines).toHaveLength(total)
      expect(Object.keys(FATES)).toEqual(expect.arrayContaining(Object.keys(fates)))
      // A cluster counts those that came to it: not those that a filter answered before.
      const came = lines.filter(([fate, cluster]) => cluster === 'app' && fate !== 'local_reply')
      expect(app).toEqual(tally(came.map(([fate]) => fate!)))
    }
    await fc.assert(fc.asyncProperty(some, fc.boolean(), addUp), { seed: 5, numRuns: 15 })
  })

  test('of a redirect stand on a line of their own for each hop', async () => {
    await using origin = await RawOrigin.start(answer)
    const served = await serve(origin)
    const socket = connect(served.server.listeners[0]!.port, '127.0.0.1')
    socket.write(get('/redirect?to=/redirect?to=/app'))
    await until(() => served.server.stats.counter('http.test.downstream_rq_completed').value === 1)
    socket.destroy()
    expect(served.counted('http.test.downstream_rq_')).toMatchObject({ total: 3, completed: 1, '2xx': 1 })
    expect(await served.logged()).toEqual([
      'internal_redirect app 302 internal_redirect /redirect?to=/app',
      'internal_redirect app 302 internal_redirect /app',
      'success app 200 via_upstream /app',
    ])
  })
})
