import { envoyMessage, type Message } from '@nuncio/config'
import type { StatsSinkDefinition } from '../../stats/contracts.ts'
import { graphiteDialect } from '../../stats/statsd-lines.ts'
import { UdpSink } from '../../stats/udp-sink.ts'
import { addressHonours, udpTarget } from '../../stats/udp-target.ts'

/** `envoy.stat_sinks.graphite_statsd`: statsd with Graphite's tags, by UDP. */
export const graphiteStatsd: StatsSinkDefinition<
  Message<'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink'>
> = {
  name: 'envoy.stat_sinks.graphite_statsd',
  config: envoyMessage('envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink', {
    'envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink': '*',
    ...addressHonours,
  }),
  stability: 'stable',
  create(config, context) {
    const target = udpTarget(config.address, config, context)
    const { prefix = '', max_bytes_per_datagram: maxBytes = 0 } = config
    if (target === undefined) return undefined
    return new UdpSink(target, prefix === '' ? 'envoy' : prefix, graphiteDialect, maxBytes, context.logger)
  },
}
