import { clientSideWeightedRoundRobin } from './client-side-weighted-round-robin/index.ts'
import { clusterProvided } from './cluster-provided/index.ts'
import type { LoadBalancerDefinition } from './contracts.ts'
import { leastRequest } from './least-request/index.ts'
import { maglev } from './maglev/index.ts'
import { overrideHost } from './override-host/index.ts'
import { random } from './random/index.ts'
import { ringHash } from './ring-hash/index.ts'
import { roundRobin } from './round-robin/index.ts'
import { score } from './score/index.ts'
import { subset } from './subset/index.ts'
import { wrrLocality } from './wrr-locality/index.ts'

/** Every load balancing policy that comes with nuncio. */
export const builtinLoadBalancers: readonly LoadBalancerDefinition[] = [
  clientSideWeightedRoundRobin,
  clusterProvided,
  leastRequest,
  maglev,
  overrideHost,
  random,
  ringHash,
  roundRobin,
  score,
  subset,
  wrrLocality,
]
