import type { Honours } from '@nuncio/config'

const COMMON = 'envoy.extensions.load_balancing_policies.common.v3'

export const SLOW_START_HONOURS = {
  [`${COMMON}.SlowStartConfig`]: '*',
  'envoy.config.core.v3.RuntimeDouble': '*',
  'envoy.type.v3.Percent': '*',
} as const satisfies Honours

export const LOCALITY_HONOURS = {
  [`${COMMON}.LocalityLbConfig`]: '*',
  [`${COMMON}.LocalityLbConfig.ZoneAwareLbConfig`]: '*',
  [`${COMMON}.LocalityLbConfig.LocalityWeightedLbConfig`]: '*',
  'envoy.type.v3.Percent': '*',
} as const satisfies Honours
