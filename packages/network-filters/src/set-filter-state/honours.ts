import { formatHonours } from '@nuncio/access-log'
import type { Honours } from '@nuncio/config'

export const setFilterStateHonours: Honours = {
  ...formatHonours,
  'envoy.extensions.filters.network.set_filter_state.v3.Config': '*',
  'envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue': [
    'object_key',
    'factory_key',
    'format_string',
    'skip_if_empty',
  ],
}
