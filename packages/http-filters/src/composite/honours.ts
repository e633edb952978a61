import type { Honours } from '@nuncio/config'

export const compositeHonours: Honours = {
  'envoy.extensions.filters.http.composite.v3.Composite': '*',
  'envoy.extensions.filters.http.composite.v3.FilterChainConfiguration': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
}

export const executeActionHonours: Honours = {
  'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction': {
    honoured: ['typed_config', 'filter_chain', 'filter_chain_name', 'sample_percent'],
    unsupported: { dynamic_config: 'filters are not fetched one by one: write typed_config' },
  },
  'envoy.extensions.filters.http.composite.v3.FilterChainConfiguration': '*',
  'envoy.config.core.v3.RuntimeFractionalPercent': '*',
  'envoy.type.v3.FractionalPercent': '*',
}
