import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Finding } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { HistogramIntervals, type Logger, silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { StatsSink, StatsSinkContext, TaggedName } from './contracts.ts'
import { builtinStatsSinks, createStatsSink } from './create-stats-sink.ts'
import { StatsFlusher } from './stats-flusher.ts'
import { datagrams } from './statsd-lines.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

async function receiver(): Promise<{ socket: Socket; port: number; received: string[] }> {
  const socket = createSocket('udp4')
  const received: string[] = []
  socket.on('message', (message) => received.push(...message.toString().split('\n')))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  open.push(socket)
  return { socket, port: socket.address().port, received }
}

const findings: Finding[] = []
function context(hostOf: StatsSinkContext['hostOf'] = () => undefined): StatsSinkContext {
  findings.length = 0
  return { report: (finding) => findings.push(finding), logger: silentLogger, hostOf }
}

function address(port: number): Message<'envoy.config.core.v3.Address'> {
  return { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: port } }
}

function tagged(name: string): TaggedName {
  const cluster = /^cluster\.(\w+)\.(.*)$/.exec(name)
  return cluster === null
    ? { name, tags: [] }
    : { name: `cluster.${cluster[2]}`, tags: [['envoy.cluster_name', cluster[1]!]] }
}

function filled(): StatsStore {
  const store = new StatsStore()
  store.counter('cluster.a.rq').add(3)
  store.counter('untouched')
  store.gauge('cluster.a.cx').set(2)
  store.gauge('untouched_gauge')
  for (const ms of [5, 5, 5, 120, 0]) store.histogram('cluster.a.time').record(ms)
  return store
}

interface Flushing {
  readonly flusher: StatsFlusher
  readonly time: FakeTime
  readonly store: StatsStore
}

function flushing(sink: StatsSink): Flushing {
  const time = new FakeTime()
  const store = filled()
  const flusher = new StatsFlusher({ store, intervals: new HistogramIntervals(), sinks: [sink], time, logger: silentLogger, tagged }) // prettier-ignore
  return { flusher, time, store }
}

async function enough(received: readonly string[], count: number, socket: Socket): Promise<void> {
  while (received.length < count) await once(socket, 'message')
}

describe('stats sinks', () => {
  it('has those of Envoy for statsd', () => {
    expect(builtinStatsSinks.map(({ name }) => name).toSorted()).toEqual([
      'envoy.stat_sinks.dog_statsd',
      'envoy.stat_sinks.graphite_statsd',
      'envoy.stat_sinks.statsd',
    ])
  })

  it('sends what was touched, counters as their growth, at the interval', async () => {
    const { socket, port, received } = await receiver()
    const config = { '@type': 'envoy.config.metrics.v3.StatsdSink', address: address(port) }
    const { flusher, time, store } = flushing(createStatsSink({ typed_config: config }, context())!)
    flusher.start()
    time.advance(5000)
    await enough(received, 5, socket)
    expect(received.toSorted()).toEqual([
      'envoy.cluster.a.cx:2|g',
      'envoy.cluster.a.rq:3|c',
      'envoy.cluster.a.time:0|ms',
      'envoy.cluster.a.time:125|ms',
      'envoy.cluster.a.time:5|ms|@0.3333333333333333',
    ])
    received.length = 0
    store.counter('cluster.a.rq').inc()
    time.advance(5000)
    await enough(received, 2, socket)
    expect(received.toSorted()).toEqual(['envoy.cluster.a.cx:2|g', 'envoy.cluster.a.rq:1|c'])
    flusher.close()
  })

  it('sends tags in the ways of DogStatsD and of Graphite, many in a datagram', async () => {
    const dog = await receiver()
    const graphite = await receiver()
    const more = { prefix: 'p', max_bytes_per_datagram: 1400 }
    const type = 'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink'
    const dogConfig = { '@type': 'envoy.config.metrics.v3.DogStatsdSink', address: address(dog.port), ...more }
    const graphiteConfig = { '@type': type, address: address(graphite.port), ...more }
    const sinks = [dogConfig, graphiteConfig].map((config) => createStatsSink({ typed_config: config }, context())!)
    for (const sink of sinks) flushing(sink).flusher.close()
    await enough(dog.received, 5, dog.socket)
    await enough(graphite.received, 5, graphite.socket)
    expect(dog.received.slice(0, 2)).toEqual([
      'p.cluster.rq:3|c|#envoy.cluster_name:a',
      'p.cluster.cx:2|g|#envoy.cluster_name:a',
    ])
    expect(dog.received).toContain('p.cluster.time:5|ms|@0.3333333333333333|#envoy.cluster_name:a')
    expect(graphite.received.slice(0, 2)).toEqual([
      'p.cluster.rq;envoy.cluster_name=a:3|c',
      'p.cluster.cx;envoy.cluster_name=a:2|g',
    ])
  })

  it('sends lines over TCP to a host of a cluster', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    const { port } = server.address() as AddressInfo
    const hostOf = (name: string): { address: string; port: number } | undefined => (name === 'statsd' ? { address: '127.0.0.1', port } : undefined) // prettier-ignore
    const config = { '@type': 'envoy.config.metrics.v3.StatsdSink', tcp_cluster_name: 'statsd' }
    const arrived = once(server, 'connection')
    const { flusher } = flushing(createStatsSink({ typed_config: config }, context(hostOf))!)
    flusher.flush()
    const [socket] = (await arrived) as [NodeJS.ReadableStream]
    let text = ''
    flusher.close()
    for await (const chunk of socket) text += String(chunk)
    expect(text.split('\n').slice(0, 2)).toEqual(['envoy.cluster.a.rq:3|c', 'envoy.cluster.a.cx:2|g'])
  })

  it('says once that the cluster has no host', () => {
    const config = { '@type': 'envoy.config.metrics.v3.StatsdSink', tcp_cluster_name: 'gone' }
    const said: string[] = []
    const logger: Logger = { ...silentLogger, log: (_, message) => said.push(message) }
    const { flusher } = flushing(createStatsSink({ typed_config: config }, { ...context(), logger })!)
    flusher.flush()
    flusher.close()
    expect(said).toEqual(['statsd over TCP: no host to connect to'])
  })

  it('goes on with the other sinks when one throws, and keeps to the stats matcher', () => {
    const seen: string[] = []
    const bad: StatsSink = { flush: () => { throw new Error('no') }, close: () => {} } // prettier-ignore
    const good: StatsSink = {
      flush: (snapshot) => seen.push(...snapshot.counters.map(({ name }) => name)),
      close: () => {},
    }
    const store = filled()
    store.counter('secret').inc()
    const accepts = (name: string): boolean => name !== 'secret'
    new StatsFlusher({ store, intervals: new HistogramIntervals(), sinks: [bad, good], time: new FakeTime(), logger: silentLogger, accepts }).flush() // prettier-ignore
    expect(seen).toEqual(['cluster.a.rq'])
  })

  it('reports unknown sinks and useless addresses', () => {
    expect(createStatsSink({ typed_config: { '@type': 'x.Y' } }, context())).toBeUndefined()
    expect(findings).toMatchObject([{ code: 'unsupported', path: 'typed_config' }])
    const config = { '@type': 'envoy.config.metrics.v3.StatsdSink', address: { pipe: { path: '/x' } } }
    expect(createStatsSink({ typed_config: config }, context())).toBeUndefined()
    expect(findings).toMatchObject([{ code: 'invalid-address', path: 'typed_config.address' }])
  })
})

describe('datagrams', () => {
  it('fills up to the limit and lets a longer line go alone', () => {
    expect(datagrams(['aa', 'bb', 'cccccc', 'd'], 5)).toEqual(['aa\nbb', 'cccccc', 'd'])
    expect(datagrams(['a', 'b'], 0)).toEqual(['a', 'b'])
  })
})
