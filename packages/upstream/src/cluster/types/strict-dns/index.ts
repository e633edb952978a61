import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { DnsDiscovery } from '../dns-discovery.ts'

/** Every address that the configured names have is a host. */
export const strictDnsCluster: ClusterTypeDefinition = {
  name: 'envoy.clusters.strict_dns',
  discoveryType: 'STRICT_DNS',
  stability: 'stable',
  create: (_config, context) => new DnsDiscovery(context, 'STRICT_DNS'),
}
