import { clusterReferences } from './cluster-references.ts'
import { clusters } from './clusters.ts'
import { connectionManagers } from './connection-managers.ts'
import { directResponses } from './direct-responses.ts'
import { extensionPoints } from './extension-points.ts'
import { extensionTypes } from './extension-types.ts'
import { filterConfigs } from './filter-configs.ts'
import { filterOrder } from './filter-order.ts'
import { headerNames } from './header-names.ts'
import { healthChecks } from './health-checks.ts'
import { jwtProviders } from './jwt-providers.ts'
import { listeners } from './listeners.ts'
import { localCluster } from './local-cluster.ts'
import { retryPolicies } from './retry-policies.ts'
import { rewrites } from './rewrites.ts'
import type { SemanticRule } from './rule.ts'
import { secrets } from './secrets.ts'
import { serviceReferences } from './service-references.ts'
import { uniqueAddresses } from './unique-addresses.ts'
import { uniqueDomains, uniqueVirtualHosts } from './unique-domains.ts'
import { uniqueNames } from './unique-names.ts'
import { weightedClusters } from './weighted-clusters.ts'

/** The rules that look at more than one field. Each is what Envoy refuses, unless its comment says otherwise. */
export const SEMANTIC_RULES: readonly SemanticRule[] = [
  clusterReferences,
  serviceReferences,
  localCluster,
  uniqueNames,
  uniqueAddresses,
  uniqueDomains,
  uniqueVirtualHosts,
  weightedClusters,
  rewrites,
  headerNames,
  extensionPoints,
  extensionTypes,
  connectionManagers,
  filterConfigs,
  filterOrder,
  listeners,
  clusters,
  healthChecks,
  retryPolicies,
  directResponses,
  jwtProviders,
  secrets,
]

/** The types that the rules ask for. */
export const SEMANTIC_TYPES: ReadonlySet<string> = new Set(SEMANTIC_RULES.flatMap((rule) => rule.types))
