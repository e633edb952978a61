import type { Honours } from '@nuncio/config'

export const faultHonours: Honours = {
  'envoy.extensions.filters.http.fault.v3.HTTPFault': '*',
  'envoy.extensions.filters.http.fault.v3.FaultAbort': '*',
  'envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort': '*',
  'envoy.extensions.filters.common.fault.v3.FaultDelay': ['fixed_delay', 'header_delay', 'percentage'],
  'envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay': '*',
  'envoy.extensions.filters.common.fault.v3.FaultRateLimit': '*',
  'envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit': '*',
  'envoy.extensions.filters.common.fault.v3.FaultRateLimit.HeaderLimit': '*',
  'envoy.type.v3.FractionalPercent': '*',
}
