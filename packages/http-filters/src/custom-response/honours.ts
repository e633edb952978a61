import { formatHonours } from '@nuncio/access-log'
import { type Honours, READ_ONCE } from '@nuncio/config'

export const customResponseHonours: Honours = {
  ...formatHonours,
  'envoy.extensions.filters.http.custom_response.v3.CustomResponse': '*',
  'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy': '*',
  'envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy': {
    honoured: ['uri', 'redirect_action', 'status_code', 'response_headers_to_add', 'request_headers_to_add'],
    unsupported: { modify_request_headers_action: 'use request_headers_to_add' },
  },
  'envoy.config.route.v3.RedirectAction': '*',
  'envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy#body': READ_ONCE,
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
}
