import type { Honours } from '@nuncio/config'

const SESSION = 'envoy.extensions.http.stateful_session'

export const statefulSessionHonours: Honours = {
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSession': '*',
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
  [`${SESSION}.cookie.v3.CookieBasedSessionState`]: '*',
  [`${SESSION}.header.v3.HeaderBasedSessionState`]: '*',
  [`${SESSION}.envelope.v3.EnvelopeSessionState`]: '*',
  [`${SESSION}.envelope.v3.EnvelopeSessionState.Header`]: '*',
  'envoy.type.http.v3.Cookie': '*',
  'envoy.type.http.v3.CookieAttribute': '*',
}
