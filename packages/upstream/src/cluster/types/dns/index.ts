import { envoyMessage, type Message } from '@nuncio/config'
import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { checkOneEndpoint, LogicalDns, StrictDns } from '../dns-discovery.ts'

const TYPE = 'envoy.extensions.clusters.dns.v3.DnsCluster'

/**
 * Both kinds of DNS cluster with settings of their own: every address a host, or all of them one host
 * (`all_addresses_in_single_endpoint`). The `dns_…` fields of the cluster count for nothing here, as in Envoy.
 */
export const dnsCluster: ClusterTypeDefinition<Message<typeof TYPE>> = {
  name: 'envoy.cluster.dns',
  config: envoyMessage(TYPE, { [TYPE]: '*', [`${TYPE}.RefreshRate`]: '*' }),
  stability: 'stable',
  create(config = {}, context) {
    if (config.all_addresses_in_single_endpoint !== true) return new StrictDns(context, config)
    const hint = 'without all_addresses_in_single_endpoint it takes any number'
    checkOneEndpoint(context, 'a DNS cluster that is a single endpoint', hint)
    return new LogicalDns(context, config)
  },
}
