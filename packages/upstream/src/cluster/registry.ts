import type { AnyClusterType } from './cluster-type.ts'
import { aggregateCluster } from './types/aggregate/index.ts'
import { dnsCluster } from './types/dns/index.ts'
import { dynamicForwardProxyCluster } from './types/dynamic-forward-proxy/index.ts'
import { edsCluster } from './types/eds/index.ts'
import { logicalDnsCluster } from './types/logical-dns/index.ts'
import { originalDstCluster } from './types/original-dst/index.ts'
import { staticCluster } from './types/static/index.ts'
import { strictDnsCluster } from './types/strict-dns/index.ts'

/** The cluster types that come with this package. */
export const CLUSTER_TYPES: readonly AnyClusterType[] = [
  staticCluster,
  strictDnsCluster,
  logicalDnsCluster,
  dnsCluster,
  edsCluster,
  originalDstCluster,
  aggregateCluster,
  dynamicForwardProxyCluster,
]
