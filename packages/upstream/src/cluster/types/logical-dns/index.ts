import { checkLogicalDns } from '@nuncio/cluster'
import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { DnsDiscovery } from '../dns-discovery.ts'
import { reporting } from '../reporting.ts'

/**
 * One host that goes by a name: new connections go to the first address that the name has at the time, old ones stay.
 * For names of large services that answer with other addresses each time.
 */
export const logicalDnsCluster: ClusterTypeDefinition = {
  name: 'envoy.clusters.logical_dns',
  discoveryType: 'LOGICAL_DNS',
  stability: 'stable',
  create(_config, context) {
    checkLogicalDns(context.info.config.load_assignment ?? {}, reporting(context.place))
    return new DnsDiscovery(context, 'LOGICAL_DNS')
  },
}
