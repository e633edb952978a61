import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { checkOneEndpoint, LogicalDns } from '../dns-discovery.ts'

/**
 * One host that goes by a name: new connections go to the first address that the name has at the time, old ones stay.
 * For names of large services that answer with other addresses each time.
 */
export const logicalDnsCluster: ClusterTypeDefinition = {
  name: 'envoy.cluster.logical_dns',
  discoveryType: 'LOGICAL_DNS',
  stability: 'stable',
  create(_config, context) {
    checkOneEndpoint(context, 'a LOGICAL_DNS cluster', 'STRICT_DNS takes any number')
    return new LogicalDns(context)
  },
}
