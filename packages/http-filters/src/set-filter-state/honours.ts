import type { Honours } from '@nuncio/config'
import { stateValueHonours } from '@nuncio/filter-chain'

export const setFilterStateHonours: Honours = {
  ...stateValueHonours,
  'envoy.extensions.filters.http.set_filter_state.v3.Config': '*',
}
