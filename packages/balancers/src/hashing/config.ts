import type { Honours, Message } from '@nuncio/config'
import { reportAt } from '@nuncio/cluster'
import type { LoadBalancerSetup } from '../contracts.ts'
import { BoundedLoad } from './bounded-load.ts'
import { createHashSource, type HashSource } from './hash-source.ts'

const COMMON = 'envoy.extensions.load_balancing_policies.common.v3'

export const HASHING_HONOURS = {
  [`${COMMON}.ConsistentHashingLbConfig`]: '*',
  [`${COMMON}.LocalityLbConfig.LocalityWeightedLbConfig`]: '*',
} as const satisfies Honours

interface HashingFields {
  readonly consistent_hashing_lb_config?: Message<`${typeof COMMON}.ConsistentHashingLbConfig`>
  readonly locality_weighted_lb_config?: object
  readonly use_hostname_for_hashing?: boolean
  readonly hash_balance_factor?: number
}

/** What ring hash and Maglev have in common. */
export interface DecidedHashing {
  readonly useHostname: boolean
  readonly byLocality: boolean
  readonly bounded: BoundedLoad | undefined
  readonly source: HashSource
}

/** Reads the common fields; `consistent_hashing_lb_config` stands above the deprecated ones beside it. */
export function decideHashing(config: HashingFields, setup: LoadBalancerSetup): DecidedHashing {
  const common = config.consistent_hashing_lb_config ?? config
  const factor = common.hash_balance_factor ?? 0
  if (factor !== 0 && factor < 100) {
    const message = `hash_balance_factor is a percentage of the even share: ${factor} is below 100`
    reportAt(setup, common, 'hash_balance_factor', { code: 'out-of-range', message })
  }
  return {
    useHostname: common.use_hostname_for_hashing ?? false,
    byLocality: config.locality_weighted_lb_config !== undefined,
    bounded: factor >= 100 ? new BoundedLoad(factor, setup.cluster.stats.rqActive) : undefined,
    source: createHashSource(config.consistent_hashing_lb_config?.hash_policy, common, setup),
  }
}
