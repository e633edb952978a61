import type { Message, Problem } from '@nuncio/config'
import { silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { configPlace } from '@nuncio/matching'
import { TlsClient } from '../client/tls-client.ts'
import { NO_SECRETS } from '../material/secrets.ts'

type Config = Message<'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'>

/** A TLS client of a cluster called `c`, with what its configuration says wrong. */
export function testClient(config: Config, stats: StatsStore = new StatsStore(), problems: Problem[] = []): TlsClient {
  return new TlsClient(config, {
    stats: stats.scope('cluster.c.'),
    time: new FakeTime(0, Date.now()),
    logger: silentLogger,
    secrets: NO_SECRETS,
    place: configPlace(config, { report: (problem) => problems.push(problem), path: 'transport_socket.typed_config' }),
    waitFor: () => {},
  })
}
