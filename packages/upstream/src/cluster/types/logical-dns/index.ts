import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { LogicalDns } from '../dns-discovery.ts'

/**
 * One host that goes by a name: new connections go to the first address that the name has at the time, old ones stay.
 * For names of large services that answer with other addresses each time.
 */
export const logicalDnsCluster: ClusterTypeDefinition = {
  name: 'envoy.clusters.logical_dns',
  discoveryType: 'LOGICAL_DNS',
  stability: 'stable',
  create(_config, context) {
    const groups = context.info.config.load_assignment?.endpoints ?? []
    if (groups.length !== 1 || groups[0]!.lb_endpoints?.length !== 1) {
      const message = 'a LOGICAL_DNS cluster has exactly one locality with exactly one endpoint'
      context.place.at('load_assignment').error('bad-value', message, 'STRICT_DNS takes any number')
    }
    return new LogicalDns(context)
  },
}
