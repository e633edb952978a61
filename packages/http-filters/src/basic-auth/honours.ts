import { type Honours, READ_ONCE } from '@nuncio/config'

export const basicAuthHonours: Honours = {
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuth': '*',
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute': '*',
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuth#users': READ_ONCE,
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute#users': READ_ONCE,
}
