import type { Honours } from '@nuncio/config'
import { stateValueHonours } from '@nuncio/filter-chain'

export const setFilterStateHonours: Honours = {
  ...stateValueHonours,
  'envoy.extensions.filters.network.set_filter_state.v3.Config': '*',
}
