import type { ClusterTypeDefinition } from '../../cluster-type.ts'
import { StrictDns } from '../dns-discovery.ts'

/** Every address that the configured names have is a host. */
export const strictDnsCluster: ClusterTypeDefinition = {
  name: 'envoy.cluster.strict_dns',
  discoveryType: 'STRICT_DNS',
  stability: 'stable',
  create: (_config, context) => new StrictDns(context),
}
