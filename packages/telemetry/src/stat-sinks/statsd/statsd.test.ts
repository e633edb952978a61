import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { type Logger, silentLogger } from '@nuncio/core'
import { flusherOf, sinkContext, StatsdReceiver } from '../../testing/statsd.ts'
import { statsd } from './index.ts'

it('sends a line in each datagram', async () => {
  const receiver = await StatsdReceiver.open()
  const { flusher } = flusherOf([statsd.create({ address: receiver.address }, sinkContext())!])
  flusher.close()
  expect((await receiver.lines(5)).toSorted()).toEqual([
    'envoy.cluster.a.cx:2|g',
    'envoy.cluster.a.rq:3|c',
    'envoy.cluster.a.time:0|ms',
    'envoy.cluster.a.time:125|ms',
    'envoy.cluster.a.time:5|ms|@0.3333333333333333',
  ])
  receiver.close()
})

it('sends lines over TCP to a host of a cluster', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = { address: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const context = sinkContext((name) => (name === 'statsd' ? address : undefined))
  const arrived = once(server, 'connection')
  const { flusher } = flusherOf([statsd.create({ tcp_cluster_name: 'statsd', prefix: 'p' }, context)!])
  flusher.flush()
  const [socket] = (await arrived) as [NodeJS.ReadableStream]
  flusher.close()
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  server.close()
  expect(text.split('\n').slice(0, 2)).toEqual(['p.cluster.a.rq:3|c', 'p.cluster.a.cx:2|g'])
})

it('says once that the cluster has no host', () => {
  const said: string[] = []
  const logger: Logger = { ...silentLogger, log: (_, message) => said.push(message) }
  const { flusher } = flusherOf([statsd.create({ tcp_cluster_name: 'gone' }, { ...sinkContext(), logger })!])
  flusher.flush()
  flusher.close()
  expect(said).toEqual(['statsd over TCP: no host to connect to'])
})
