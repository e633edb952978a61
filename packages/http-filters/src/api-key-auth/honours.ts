import type { Honours } from '@nuncio/config'

export const apiKeyAuthHonours: Honours = {
  'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth': '*',
  'envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute': '*',
  'envoy.extensions.filters.http.api_key_auth.v3.Credential': '*',
  'envoy.extensions.filters.http.api_key_auth.v3.KeySource': '*',
  'envoy.extensions.filters.http.api_key_auth.v3.Forwarding': '*',
}
