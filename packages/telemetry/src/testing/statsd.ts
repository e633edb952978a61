import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Finding } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { HistogramIntervals, silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { StatsSink, StatsSinkContext, TaggedName } from '../stats/contracts.ts'
import { StatsFlusher } from '../stats/stats-flusher.ts'

/** Receives datagrams on a port of its own and keeps their lines. */
export class StatsdReceiver {
  readonly received: string[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (message) => this.received.push(...message.toString().split('\n')))
  }

  static async open(): Promise<StatsdReceiver> {
    const socket = createSocket('udp4')
    const receiver = new StatsdReceiver(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return receiver
  }

  get address(): Message<'envoy.config.core.v3.Address'> {
    return { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: this.#socket.address().port } }
  }

  /** Waits for so many lines, and takes them. */
  async lines(count: number): Promise<string[]> {
    while (this.received.length < count) await once(this.#socket, 'message')
    return this.received.splice(0)
  }

  close(): void {
    this.#socket.close()
  }
}

/** What a sink is given, with what it reported. */
export function sinkContext(
  hostOf: StatsSinkContext['hostOf'] = () => undefined,
): StatsSinkContext & { findings: Finding[] } {
  const findings: Finding[] = []
  return { findings, report: (finding) => findings.push(finding), logger: silentLogger, hostOf }
}

/** A flusher over a small store: a counter, a gauge, a histogram, and some that were never touched. */
export function flusherOf(sinks: readonly StatsSink[]): { flusher: StatsFlusher; time: FakeTime; store: StatsStore } {
  const store = new StatsStore()
  store.counter('cluster.a.rq').add(3)
  store.counter('untouched')
  store.gauge('cluster.a.cx').set(2)
  store.gauge('untouched_gauge')
  for (const ms of [5, 5, 5, 120, 0]) store.histogram('cluster.a.time').record(ms)
  const time = new FakeTime()
  const intervals = new HistogramIntervals()
  return { flusher: new StatsFlusher({ store, intervals, sinks, time, logger: silentLogger, tagged }), time, store }
}

function tagged(name: string): TaggedName {
  const cluster = /^cluster\.(\w+)\.(.*)$/.exec(name)
  if (cluster === null) return { name, tags: [] }
  return { name: `cluster.${cluster[2]}`, tags: [['envoy.cluster_name', cluster[1]!]] }
}
