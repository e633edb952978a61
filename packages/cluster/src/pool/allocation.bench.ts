// Run by allocation.test.ts in a process of its own: prints one JSON line with the bytes that one request leaves behind.
import { SeededRandom, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { UpstreamCallbacks } from '../contracts/cluster.ts'
import { decideCluster } from '../decide/decide-cluster.ts'
import { createHost } from '../host/cluster-host.ts'
import type { ConnectionUser, Connector, StreamConnection } from './connector.ts'
import { PoolStats } from './pool-stats.ts'
import { StreamPool } from './stream-pool.ts'

// So many that the few megabytes which an empty heap takes at once do not count.
const REQUESTS = 2_000_000
const encoder = {
  encodeHeaders: () => {},
  encodeData: () => true,
  encodeTrailers: () => {},
  reset: () => {},
  readDisable: () => {},
}
const connection: StreamConnection = {
  protocol: 'HTTP/1.1',
  local: undefined,
  tls: undefined,
  maxStreams: 1,
  wireReceived: 0,
  wireSent: 0,
  unread: 0,
  unwritten: 0,
  usable: true,
  openStream: () => encoder,
  close: () => {},
  destroy: () => {},
}
let user: ConnectionUser | undefined
const connector: Connector = {
  protocol: 'HTTP/1.1',
  expectedStreams: 1,
  connect: (_host, _options, told) => {
    user = told
    told.onConnected(connection)
    return { cancel: () => {} }
  },
}
const callbacks: UpstreamCallbacks = {
  onPoolReady: () => {},
  onPoolFailure: () => {},
  onInformational: () => {},
  onHeaders: () => {},
  onData: () => {},
  onTrailers: () => {},
  onReset: () => {},
  onWritable: () => {},
}

const time = new FakeTime()
const info = decideCluster({ name: 'c' }, { stats: new StatsStore(), report: () => {} })
const context = {
  info,
  stats: new PoolStats(info.stats),
  time,
  wheel: new TimerWheel(time),
  random: new SeededRandom(1),
  nextConnectionId: () => 1,
}
const breaker = new CircuitBreaker(info.breakerLimits[0])
const pool = new StreamPool(context, createHost({ ip: '10.0.0.1', port: 80 }), { breaker, connector })

function run(): void {
  for (let i = 0; i < REQUESTS; i++) {
    pool.newStream(callbacks)
    user!.onStreamEnd()
  }
}
run()
const collect = (globalThis as { gc?: () => void }).gc!
collect()
const before = process.memoryUsage().heapUsed
run()
process.stdout.write(`${JSON.stringify({ bytes: (process.memoryUsage().heapUsed - before) / REQUESTS })}\n`)
