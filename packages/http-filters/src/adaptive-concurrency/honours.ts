import type { Honours } from '@nuncio/config'

const ADAPTIVE = 'envoy.extensions.filters.http.adaptive_concurrency.v3'

export const adaptiveConcurrencyHonours: Honours = {
  [`${ADAPTIVE}.AdaptiveConcurrency`]: '*',
  [`${ADAPTIVE}.GradientControllerConfig`]: '*',
  [`${ADAPTIVE}.GradientControllerConfig.ConcurrencyLimitCalculationParams`]: '*',
  [`${ADAPTIVE}.GradientControllerConfig.MinimumRTTCalculationParams`]: '*',
  'envoy.type.v3.Percent': '*',
  'envoy.type.v3.HttpStatus': '*',
  'envoy.config.core.v3.RuntimeFeatureFlag': '*',
}
