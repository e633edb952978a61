import type { LoadBalancerDefinition } from './contracts.ts'
import { leastRequest } from './least-request/index.ts'
import { maglev } from './maglev/index.ts'
import { random } from './random/index.ts'
import { ringHash } from './ring-hash/index.ts'
import { roundRobin } from './round-robin/index.ts'

/** Every load balancing policy that comes with nuncio: one line each. */
export const builtinLoadBalancers: readonly LoadBalancerDefinition[] = [
  leastRequest,
  maglev,
  random,
  ringHash,
  roundRobin,
]
