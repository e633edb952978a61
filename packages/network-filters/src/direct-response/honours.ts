import { type Honours, READ_ONCE } from '@nuncio/config'

export const directResponseHonours: Honours = {
  'envoy.extensions.filters.network.direct_response.v3.Config': '*',
  'envoy.extensions.filters.network.direct_response.v3.Config#response': READ_ONCE,
}
