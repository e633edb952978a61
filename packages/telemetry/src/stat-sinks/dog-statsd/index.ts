import { envoyMessage, type Message } from '@nuncio/config'
import type { StatsSinkDefinition } from '../../stats/contracts.ts'
import { dogDialect } from '../../stats/statsd-lines.ts'
import { UdpSink } from '../../stats/udp-sink.ts'
import { addressHonours, udpTarget } from '../../stats/udp-target.ts'

/** `envoy.stat_sinks.dog_statsd`: DogStatsD, with tags, by UDP. */
export const dogStatsd: StatsSinkDefinition<Message<'envoy.config.metrics.v3.DogStatsdSink'>> = {
  name: 'envoy.stat_sinks.dog_statsd',
  config: envoyMessage('envoy.config.metrics.v3.DogStatsdSink', {
    'envoy.config.metrics.v3.DogStatsdSink': '*',
    ...addressHonours,
  }),
  stability: 'stable',
  create(config, context) {
    const target = udpTarget(config.address, config, context)
    const { prefix = '', max_bytes_per_datagram: maxBytes = 0 } = config
    if (target === undefined) return undefined
    return new UdpSink(target, prefix === '' ? 'envoy' : prefix, dogDialect, maxBytes, context.logger)
  },
}
