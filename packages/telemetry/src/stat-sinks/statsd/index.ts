import { envoyMessage, type Message } from '@nuncio/config'
import type { StatsSink, StatsSinkContext, StatsSinkDefinition } from '../../stats/contracts.ts'
import { plainDialect } from '../../stats/statsd-lines.ts'
import { TcpSink } from '../../stats/tcp-sink.ts'
import { UdpSink } from '../../stats/udp-sink.ts'
import { addressHonours, udpTarget } from '../../stats/udp-target.ts'

type StatsdSink = Message<'envoy.config.metrics.v3.StatsdSink'>

/** `envoy.stat_sinks.statsd`: plain statsd, by UDP to an address or by TCP to a cluster. */
export const statsd: StatsSinkDefinition<StatsdSink> = {
  name: 'envoy.stat_sinks.statsd',
  config: envoyMessage('envoy.config.metrics.v3.StatsdSink', {
    'envoy.config.metrics.v3.StatsdSink': '*',
    ...addressHonours,
  }),
  stability: 'stable',
  create,
}

function create(config: StatsdSink, context: StatsSinkContext): StatsSink | undefined {
  const { prefix = '', tcp_cluster_name: cluster } = config
  const begin = prefix === '' ? 'envoy' : prefix
  if (cluster !== undefined && cluster !== '') return new TcpSink(() => context.hostOf(cluster), begin, context.logger)
  const target = udpTarget(config.address, config, context)
  return target === undefined ? undefined : new UdpSink(target, begin, plainDialect, 0, context.logger)
}
