import type { Message } from '@nuncio/config'

/** `LocalityLbConfig` of typed policies, to which the fields of `common_lb_config` translate. */
export type LocalityLbConfig = Message<'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig'>
