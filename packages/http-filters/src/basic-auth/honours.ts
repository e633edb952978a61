import type { Honours } from '@nuncio/config'

export const basicAuthHonours: Honours = {
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuth': '*',
  'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute': '*',
  'envoy.config.core.v3.DataSource': ['filename', 'inline_bytes', 'inline_string', 'environment_variable'],
}
