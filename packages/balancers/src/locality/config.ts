import type { Message } from '@nuncio/config'
import type { ZoneAwareConfig } from './zone-aware.ts'

/** `LocalityLbConfig` of typed policies, to which the fields of `common_lb_config` translate. */
export type LocalityLbConfig = Omit<
  Message<'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig'>,
  'zone_aware_lb_config'
> & {
  readonly zone_aware_lb_config?: ZoneAwareConfig
}
