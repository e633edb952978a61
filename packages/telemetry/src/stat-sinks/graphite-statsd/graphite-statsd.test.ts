import { expect, it } from 'vitest'
import { flusherOf, sinkContext, StatsdReceiver } from '../../testing/statsd.ts'
import { graphiteStatsd } from './index.ts'

it('sends tags in the name', async () => {
  const receiver = await StatsdReceiver.open()
  const config = { address: receiver.address, max_bytes_per_datagram: 1400 }
  flusherOf([graphiteStatsd.create(config, sinkContext())!]).flusher.close()
  expect((await receiver.lines(5)).slice(0, 2)).toEqual([
    'envoy.cluster.rq;envoy.cluster_name=a:3|c',
    'envoy.cluster.cx;envoy.cluster_name=a:2|g',
  ])
  receiver.close()
})
