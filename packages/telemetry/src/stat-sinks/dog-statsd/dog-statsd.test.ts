import { expect, it } from 'vitest'
import { flusherOf, sinkContext, StatsdReceiver } from '../../testing/statsd.ts'
import { dogStatsd } from './index.ts'

it('sends tags behind the value, many lines in a datagram', async () => {
  const receiver = await StatsdReceiver.open()
  const config = { address: receiver.address, prefix: 'p', max_bytes_per_datagram: 1400 }
  flusherOf([dogStatsd.create(config, sinkContext())!]).flusher.close()
  expect(await receiver.lines(5)).toEqual([
    'p.cluster.rq:3|c|#envoy.cluster_name:a',
    'p.cluster.cx:2|g|#envoy.cluster_name:a',
    'p.cluster.time:0|ms|#envoy.cluster_name:a',
    'p.cluster.time:5|ms|@0.3333333333333333|#envoy.cluster_name:a',
    'p.cluster.time:125|ms|#envoy.cluster_name:a',
  ])
  receiver.close()
})
