import type { Message } from '@nuncio/config'
import { StatsStore, TimerWheel, type TlsInfo } from '@nuncio/core'
import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { DecidedCluster } from '../contracts/cluster-info.ts'
import { HealthFlag } from '../contracts/host.ts'
import { decideCluster } from '../decide/decide-cluster.ts'
import { createHost } from '../host/cluster-host.ts'
import { FakeConnector } from '../testing/fake-connector.ts'
import { RecordingCallbacks } from '../testing/recording-callbacks.ts'
import { PoolStats } from './pool-stats.ts'
import { StreamPool } from './stream-pool.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

interface World {
  pool: StreamPool
  connector: FakeConnector
  time: FakeTime
  wheel: TimerWheel
  breaker: CircuitBreaker
  info: DecidedCluster
  host: ReturnType<typeof createHost>
  emptied: number
  /** A counter or gauge of the cluster. */
  stat(name: string): number
  request(): RecordingCallbacks
}

function world(config: ClusterConfig = {}, connector = new FakeConnector()): World {
  const store = new StatsStore()
  const time = new FakeTime()
  const problems: unknown[] = []
  const info = decideCluster({ name: 'c', ...config }, { stats: store, report: (problem) => problems.push(problem) })
  expect(problems).toEqual([])
  const host = createHost({ ip: '10.0.0.1', port: 80 })
  const breaker = new CircuitBreaker(info.breakerLimits[0])
  let id = 0
  const wheel = new TimerWheel(time, 1)
  const random = new ScriptedRandom([2 ** 31])
  const context = { info, stats: new PoolStats(info.stats), time, wheel, random, nextConnectionId: () => ++id }
  const out = {
    connector,
    time,
    wheel,
    breaker,
    info,
    host,
    emptied: 0,
    stat: (name: string) =>
      store.counters.get(`cluster.c.${name}`)?.value ?? store.gauges.get(`cluster.c.${name}`)!.value,
  }
  const pool = new StreamPool(context, host, { breaker, connector, onEmpty: () => void out.emptied++ })
  return Object.assign(out, {
    pool,
    request: (): RecordingCallbacks => {
      const callbacks = new RecordingCallbacks()
      pool.newStream(callbacks)
      return callbacks
    },
  })
}
const http1 = (limits: object): ClusterConfig => ({ circuit_breakers: { thresholds: [limits] } })

describe('StreamPool', () => {
  it('makes a request wait for its connection and reuses it for the next', () => {
    const w = world()
    const first = w.request()
    expect(first.lines).toEqual([])
    expect([w.stat('upstream_rq_pending_active'), w.stat('upstream_cx_active'), w.host.stats.rqPending]).toEqual([1, 1, 1]) // prettier-ignore
    w.time.advance(7)
    w.connector.at(0).tls = {} as TlsInfo
    w.connector.at(0).succeed()
    expect(first.connection!.handshakeEndMs).toBe(first.connection!.startedMs! + 7)
    expect(first.lines).toEqual(['ready'])
    expect(first.connection).toMatchObject({ id: 1, protocol: 'HTTP/1.1', streamsBefore: 0, local: { port: 4242 } })
    w.connector.at(0).finish(100, 50)
    const second = w.request()
    expect(second.lines).toEqual(['ready'])
    expect(second.connection).toMatchObject({ id: 1, streamsBefore: 1 })
    expect(w.connector.made).toHaveLength(1)
    expect(['total', 'active', 'pending_total'].map((name) => w.stat(`upstream_rq_${name}`))).toEqual([2, 1, 1])
    expect(w.stat('upstream_cx_rx_bytes_total')).toBe(100)
    expect(w.stat('upstream_cx_tx_bytes_total')).toBe(50)
    expect(w.host.stats).toMatchObject({ rqTotal: 2, rqActive: 1, cxTotal: 1, cxActive: 1, rqPending: 0 })
  })

  it('hands out the connection that was used last', () => {
    const w = world()
    const requests = [w.request(), w.request(), w.request()]
    for (const connection of w.connector.made) connection.succeed()
    expect(requests.map((r) => r.connection?.id)).toEqual([1, 2, 3])
    expect(requests[0]!.connection!.handshakeEndMs).toBeUndefined()
    for (const index of [1, 0, 2]) w.connector.at(index).finish()
    expect([w.request(), w.request(), w.request()].map((r) => r.connection?.id)).toEqual([3, 1, 2])
  })

  it('serves waiting requests in order as connections come free', () => {
    const w = world(http1({ max_connections: 1 }))
    const requests = [w.request(), w.request(), w.request()]
    expect(w.connector.made).toHaveLength(1)
    expect(w.stat('upstream_cx_overflow')).toBe(2)
    w.connector.at(0).succeed()
    expect(requests.map((r) => r.lines.length)).toEqual([1, 0, 0])
    w.connector.at(0).finish()
    w.connector.at(0).finish()
    expect(requests.map((r) => r.lines.length)).toEqual([1, 1, 1])
    // Whoever still waits asks for a connection of its own again, each time that one comes free.
    expect(w.stat('upstream_cx_overflow')).toBe(4)
  })

  it('opens a connection at the limit for a host that has none', () => {
    const w = world(http1({ max_connections: 1 }))
    w.breaker.connections = 5
    const request = w.request()
    expect(w.connector.made).toHaveLength(1)
    w.connector.at(0).succeed()
    expect(request.lines).toEqual(['ready'])
    w.request()
    expect(w.connector.made).toHaveLength(1)
    expect(w.stat('upstream_cx_overflow')).toBe(2)
  })

  it('limits connections to one host', () => {
    const w = world({ circuit_breakers: { per_host_thresholds: [{ max_connections: 2 }] } })
    for (let i = 0; i < 4; i++) w.request()
    expect(w.connector.made).toHaveLength(2)
  })

  it('turns requests away when too many wait, and when too many run', () => {
    const w = world(http1({ max_pending_requests: 1, max_requests: 1 }))
    const [first, second] = [w.request(), w.request()]
    expect([second.lines, second.host]).toEqual([['failed overflow'], undefined])
    expect(w.stat('upstream_rq_pending_overflow')).toBe(1)
    w.connector.at(0).succeed()
    expect(first.lines).toEqual(['ready'])
    const third = w.request()
    w.connector.at(1).succeed()
    expect([third.lines, third.host]).toEqual([['failed overflow'], w.host])
    expect(w.stat('upstream_rq_active_overflow')).toBe(1)
    w.connector.at(0).finish()
    expect(w.request().lines).toEqual(['ready'])
  })

  it('fails everybody who waits when a connection fails, with the transport’s own word', () => {
    const w = world()
    const requests = [w.request(), w.request()]
    w.connector.at(0).fail()
    const line = 'failed remote connection failure: delayed connect error: Connection refused'
    expect(requests.map((r) => r.lines)).toEqual([[line], [line]])
    expect(w.stat('upstream_rq_pending_failure_eject')).toBe(2)
    expect(w.stat('upstream_cx_connect_fail')).toBe(1)
    expect(w.stat('upstream_cx_destroy_remote')).toBe(1)
    expect(w.host.stats.cxConnectFail).toBe(1)
    w.connector.at(1).succeed()
    expect(w.request().lines).toEqual(['ready'])
  })

  it('keeps a request that a failure’s callback adds', () => {
    const w = world(http1({ max_connections: 1 }))
    const first = new RecordingCallbacks()
    const retry = new RecordingCallbacks()
    first.onLine = () => void w.pool.newStream(retry)
    w.pool.newStream(first)
    w.connector.at(0).fail('local', '')
    expect(first.lines).toEqual(['failed local connection failure'])
    expect(retry.lines).toEqual([])
    w.connector.at(1).succeed()
    expect(retry.lines).toEqual(['ready'])
  })

  it('answers at once when connecting fails at once', () => {
    const w = world()
    const callbacks = new RecordingCallbacks()
    w.connector.connect = (_host, _options, user) => {
      user.onConnectFailed({ side: 'remote', details: 'no' })
      return { cancel: () => {} }
    }
    expect(w.pool.newStream(callbacks)).toBeUndefined()
    expect(callbacks.lines).toEqual(['failed remote connection failure: no'])
    expect(w.pool.pending).toBe(0)
  })

  it('gives up connecting after connect_timeout', () => {
    const w = world({ connect_timeout: 250 })
    const request = w.request()
    w.time.advance(249)
    expect(request.lines).toEqual([])
    w.time.advance(2)
    expect(request.lines).toEqual(['failed connection timeout'])
    expect(w.connector.at(0).cancelled).toBe(true)
    expect(w.stat('upstream_cx_connect_timeout')).toBe(1)
    expect(w.stat('upstream_cx_connect_fail')).toBe(1)
    expect(w.stat('upstream_cx_destroy_local')).toBe(1)
    expect(w.stat('upstream_cx_active')).toBe(0)
  })

  it('forgets a request that is cancelled, also while others are being failed', () => {
    const w = world()
    const [a, b, c] = [new RecordingCallbacks(), new RecordingCallbacks(), new RecordingCallbacks()]
    w.pool.newStream(a)
    const waiting = w.pool.newStream(b)
    const other = w.pool.newStream(c)
    waiting?.cancel()
    waiting?.cancel()
    a.onLine = () => other?.cancel()
    w.connector.at(0).fail()
    expect([b.lines, c.lines]).toEqual([[], []])
    expect(w.stat('upstream_rq_cancelled')).toBe(2)
    expect(w.stat('upstream_rq_pending_active')).toBe(0)
    expect(w.breaker.pending).toBe(0)
  })

  it('does not wait for ever for a host that takes nothing of the last bytes of a tunnel', () => {
    const w = world({ common_http_protocol_options: { idle_timeout: 1000 } })
    w.request()
    const tunnel = Object.assign(w.connector.at(0), { lingers: true })
    tunnel.succeed()
    tunnel.useUp()
    tunnel.finish()
    w.time.advance(999)
    expect([tunnel.closed, w.stat('upstream_rq_active'), w.stat('upstream_cx_active')]).toEqual([false, 0, 1])
    w.time.advance(3)
    expect([tunnel.closed, w.stat('upstream_cx_active'), w.wheel.armed]).toEqual([true, 0, 0])
  })

  it('closes connections that were idle for too long, not those in use', () => {
    const w = world({ common_http_protocol_options: { idle_timeout: 1000 } })
    w.request()
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(1).succeed()
    w.connector.at(0).finish()
    w.time.advance(600)
    w.request()
    w.connector.at(0).finish()
    w.time.advance(900)
    expect(w.connector.at(0).closed).toBe(false)
    w.time.advance(102)
    expect(w.connector.at(0).closed).toBe(true)
    expect(w.connector.at(1).closed).toBe(false)
    expect(w.stat('upstream_cx_idle_timeout')).toBe(1)
    expect(w.stat('upstream_cx_destroy_local')).toBe(1)
    expect(w.stat('upstream_cx_destroy_with_active_rq')).toBe(0)
  })

  it('closes a connection after so many requests, and after so long', () => {
    const w = world({ common_http_protocol_options: { max_requests_per_connection: 2, max_connection_duration: 5000 } })
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(0).finish()
    w.request()
    expect(w.stat('upstream_cx_max_requests')).toBe(1)
    w.connector.at(0).finish()
    expect(w.connector.at(0).closed).toBe(true)
    w.request()
    w.connector.at(1).succeed()
    w.time.advance(5002)
    expect(w.stat('upstream_cx_max_duration_reached')).toBe(1)
    expect(w.connector.at(1).closed).toBe(false)
    w.connector.at(1).finish()
    expect(w.connector.at(1).closed).toBe(true)
  })

  it('lets a connection live longer by a part of chance', () => {
    const common_http_protocol_options = {
      max_connection_duration: 5000,
      max_connection_duration_jitter: { value: 40 },
    }
    const w = world({ common_http_protocol_options })
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(0).finish()
    w.time.advance(5990)
    expect(w.connector.at(0).closed).toBe(false)
    w.time.advance(20)
    expect(w.connector.at(0).closed).toBe(true)
  })

  it('does not use a connection again on which the host said goodbye', () => {
    const w = world()
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(0).goodbye()
    w.connector.at(0).finish()
    expect(w.connector.at(0).closed).toBe(true)
    expect(w.stat('upstream_cx_close_notify')).toBe(1)
  })

  it('counts a connection that is lost with a request on it, and opens one for those who wait', () => {
    const w = world(http1({ max_connections: 1 }))
    const [first, second] = [w.request(), w.request()]
    w.connector.at(0).succeed()
    w.connector.at(0).die()
    expect(first.lines).toEqual(['ready', 'reset connection termination'])
    expect(w.stat('upstream_cx_destroy_remote_with_active_rq')).toBe(1)
    expect([w.stat('upstream_rq_active'), w.breaker.requests, w.breaker.connections]).toEqual([0, 0, 1])
    w.connector.at(1).succeed()
    expect(second.lines).toEqual(['ready'])
  })

  it('keeps no deadline of a connection that turns out to be dead when it is handed out again', () => {
    const w = world(http1({ max_connections: 1 }))
    const requests = [w.request(), w.request()]
    w.connector.at(0).succeed()
    w.connector.at(0).closed = true
    w.connector.at(0).finish()
    w.connector.at(1).succeed()
    expect(requests.map((request) => request.connection?.id)).toEqual([1, 2])
    expect([w.pool.connections.size, w.wheel.armed]).toEqual([1, 0])
  })

  it('drains: idle connections close, busy ones after their request, new requests get new connections', () => {
    const w = world()
    w.request()
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(1).succeed()
    w.connector.at(1).finish()
    w.pool.drainConnections()
    expect([w.connector.at(0).closed, w.connector.at(1).closed]).toEqual([false, true])
    w.request()
    expect(w.connector.made).toHaveLength(3)
    w.connector.at(0).finish()
    expect(w.connector.at(0).closed).toBe(true)
    expect(w.emptied).toBe(0)
  })

  it('retires: serves what waits, keeps nothing, and tells when it is empty', () => {
    const w = world()
    const running = w.request()
    w.connector.at(0).succeed()
    const waiting = w.request()
    w.pool.retire()
    w.connector.at(1).succeed()
    expect(waiting.lines).toEqual(['ready'])
    w.connector.at(1).finish()
    expect(w.connector.at(1).closed).toBe(true)
    expect(w.emptied).toBe(0)
    w.connector.at(0).finish()
    expect(w.emptied).toBe(1)
    expect(running.lines).toEqual(['ready'])
    expect(w.time.pending).toBeLessThanOrEqual(1)
  })

  it('gives up connecting when the last request that waits is cancelled in a retired pool', () => {
    const w = world()
    const pending = w.pool.newStream(new RecordingCallbacks())
    w.pool.retire()
    expect(w.emptied).toBe(0)
    pending?.cancel()
    expect(w.connector.at(0).cancelled).toBe(true)
    expect(w.emptied).toBeGreaterThan(0)
  })

  it('closes at once, failing who waits and resetting who runs', () => {
    const w = world()
    const running = w.request()
    w.connector.at(0).succeed()
    const waiting = w.request()
    w.pool.close()
    expect(running.lines).toEqual(['ready', 'reset connection termination'])
    expect(waiting.lines).toEqual(['failed local connection failure'])
    expect([w.stat('upstream_cx_active'), w.stat('upstream_rq_active'), w.pool.pending]).toEqual([0, 0, 0])
    expect(w.emptied).toBeGreaterThan(0)
  })

  it('opens connections ahead of demand as the preconnect ratio says, but not to a host that is not well', () => {
    const w = world({ preconnect_policy: { per_upstream_preconnect_ratio: 1.5 } })
    w.request()
    expect(w.connector.made).toHaveLength(2)
    w.connector.at(0).succeed()
    w.connector.at(1).succeed()
    w.request()
    expect(w.connector.made).toHaveLength(3)
    const sick = world({ preconnect_policy: { per_upstream_preconnect_ratio: 3 } })
    sick.host.healthFlags = HealthFlag.failedActive
    sick.request()
    expect(sick.connector.made).toHaveLength(1)
  })

  it('carries many streams on one HTTP/2 connection, and opens another when it is full', () => {
    const w = world({}, new FakeConnector('HTTP/2', 2))
    const requests = [w.request(), w.request(), w.request()]
    expect(w.connector.made).toHaveLength(2)
    w.connector.at(0).succeed()
    expect(requests.map((r) => r.lines.length)).toEqual([1, 1, 0])
    w.connector.at(1).succeed()
    expect(requests.map((r) => r.connection?.id)).toEqual([1, 1, 2])
    w.connector.at(0).finish()
    expect([w.request(), w.request()].map((r) => r.connection?.id)).toEqual([1, 2])
    expect(w.stat('upstream_cx_http2_total')).toBe(2)
  })

  it('follows the host’s limit of streams when it changes', () => {
    const w = world({}, new FakeConnector('HTTP/2', 100))
    const running = w.request()
    w.connector.at(0).succeed()
    w.connector.at(0).setMaxStreams(1)
    const waiting = w.request()
    expect(w.connector.made).toHaveLength(2)
    w.connector.at(0).setMaxStreams(5)
    expect(waiting.connection?.id).toBe(running.connection?.id)
  })

  it('takes a limit of no streams for a goodbye', () => {
    const w = world({}, new FakeConnector('HTTP/2', 100))
    w.request()
    w.connector.at(0).succeed()
    w.connector.at(0).setMaxStreams(0)
    expect(w.stat('upstream_cx_close_notify')).toBe(1)
    const next = w.request()
    w.connector.at(1).succeed()
    expect(next.connection?.id).toBe(2)
    w.connector.at(0).finish()
    w.connector.at(1).finish()
    w.connector.at(1).setMaxStreams(0)
    expect([w.stat('upstream_cx_active'), w.pool.connections.size, w.emptied]).toEqual([0, 0, 1])
  })

  it('opens more connections when the handshake agreed on HTTP/1 where HTTP/2 was hoped for', () => {
    const w = world({}, new FakeConnector('auto', 100))
    const requests = [w.request(), w.request()]
    expect(w.connector.made).toHaveLength(1)
    w.connector.at(0).maxStreams = 1
    w.connector.at(0).succeed()
    expect(requests.map((r) => r.lines.length)).toEqual([1, 0])
    expect(w.connector.made).toHaveLength(2)
    expect(w.stat('upstream_cx_http1_total')).toBe(1)
  })

  it('never loses count, whatever happens in whatever order', () => {
    const step = fc.tuple(
      fc.constantFrom('request', 'cancel', 'succeed', 'fail', 'finish', 'die', 'goodbye', 'drain', 'limit', 'time'),
      fc.nat(50),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 3), (steps, streams) => {
        const w = world(
          {
            ...http1({ max_connections: 4, max_pending_requests: 6, max_requests: 7 }),
            connect_timeout: 100,
            common_http_protocol_options: { idle_timeout: 200, max_requests_per_connection: 9 },
          },
          new FakeConnector(streams === 1 ? 'HTTP/1.1' : 'HTTP/2', streams),
        )
        const requests: RecordingCallbacks[] = []
        const waiting: { cancel(): void }[] = []
        const connecting = (): FakeConnector['made'] =>
          w.connector.made.filter((c) => !c.closed && !c.cancelled && !done.has(c))
        const done = new Set<unknown>()
        const open = new Set<FakeConnector['made'][number]>()
        const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]
        for (const [what, n] of steps) {
          const alive = [...open].filter((c) => !c.closed)
          const busy = alive.filter((c) => c.streams.length > 0)
          if (what === 'request') {
            const callbacks = new RecordingCallbacks()
            requests.push(callbacks)
            const pending = w.pool.newStream(callbacks)
            if (pending !== undefined) waiting.push(pending)
          } else if (what === 'cancel') pick(waiting, n)?.cancel()
          else if (what === 'succeed' || what === 'fail') {
            const connection = pick(connecting(), n)
            if (connection !== undefined) {
              done.add(connection)
              if (what === 'succeed') open.add(connection)
              connection[what]()
            }
          } else if (what === 'finish') pick(busy, n)?.finish()
          else if (what === 'die') pick(alive, n)?.die()
          else if (what === 'goodbye') pick(alive, n)?.goodbye()
          else if (what === 'limit' && streams > 1) pick(alive, n)?.setMaxStreams(n % 5)
          else if (what === 'drain') w.pool.drainConnections()
          else if (what === 'time') w.time.advance(n * 5)
          const running = [...open].reduce((sum, c) => sum + c.streams.length, 0)
          expect([w.pool.streams, w.breaker.requests, w.host.stats.rqActive]).toEqual([running, running, running])
          expect([w.breaker.connections, w.stat('upstream_cx_active'), w.host.stats.cxActive]).toEqual(
            Array(3).fill(w.pool.connections.size),
          )
          expect([w.breaker.pending, w.stat('upstream_rq_pending_active'), w.host.stats.rqPending]).toEqual(
            Array(3).fill(w.pool.pending),
          )
          expect(running).toBeLessThanOrEqual(7)
          expect(w.pool.pending).toBeLessThanOrEqual(6)
          expect(w.pool.connections.size).toBeLessThanOrEqual(5)
          // Who waits has a connection to wait for.
          if (w.pool.pending > 0) expect(w.pool.connections.size).toBeGreaterThan(0)
        }
        w.pool.close()
        expect(w.pool.connections.size + w.pool.pending + w.pool.streams).toBe(0)
        expect([w.breaker.connections, w.breaker.pending, w.breaker.requests]).toEqual([0, 0, 0])
        for (const request of requests) expect(request.lines.length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 300 },
    )
  })
})
