// Fields and messages that Envoy has today and the packaged protos do not carry yet. One line each, with the number
// of the field in Envoy's own proto, so that decoded xDS agrees.

const ROUTE = 'envoy.config.route.v3'
const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** message → field → [type, number, extras] */
const FIELDS = {
  [`${ROUTE}.RouteMatch`]: {
    filter_state: ['envoy.type.matcher.v3.FilterStateMatcher', 16, { a: 1 }],
    cookies: [`${ROUTE}.CookieMatcher`, 17, { a: 1 }],
  },
  [`${ROUTE}.RouteConfiguration`]: { vhost_header: ['string', 18] },
  [`${ROUTE}.RouteAction`]: {
    host_rewrite: ['string', 44],
    path_rewrite: ['string', 45],
    flush_timeout: ['google.protobuf.Duration', 42],
  },
}

const MESSAGES = {
  [`${ROUTE}.CookieMatcher`]: {
    f: {
      name: { t: 'string', n: 1, r: { string: { min_len: 1 } } },
      string_match: { t: 'envoy.type.matcher.v3.StringMatcher', n: 2 },
      invert_match: { t: 'bool', n: 3 },
    },
  },
}

/** Adds what is missing; what a newer package of protos brings by itself is left as it is. */
export function overlay(table, _docs) {
  for (const [name, message] of Object.entries(MESSAGES)) table.messages[name] ??= message
  for (const [name, fields] of Object.entries(FIELDS)) {
    const message = table.messages[name]
    if (!message) throw new Error(`overlay: ${name} is not in the protos`)
    for (const [field, [t, n, extras]] of Object.entries(fields)) message.f[field] ??= { t, n, ...extras }
  }
  if (!table.messages[HCM]) throw new Error('overlay: the HTTP connection manager is missing')
}
