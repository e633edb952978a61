import { type Honours, READ_ONCE } from '@nuncio/config'
import { sideCallHonours } from '@nuncio/guards'

export const jwtAuthnHonours: Honours = {
  ...sideCallHonours,
  'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch': {
    honoured: ['failed_refetch_duration'],
    noEffect: { fast_listener: 'requests that come before the keys are there wait for them, the listener does not' },
  },
  'envoy.extensions.filters.http.jwt_authn.v3.JwtHeader': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtCacheConfig': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.ExtractOnlyWithoutValidation': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.RequirementRule': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig': '*',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider#local_jwks': READ_ONCE,
}
