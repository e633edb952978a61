import type { Message } from '@nuncio/config'
import { compileStringMatcher, type ConfigPlace } from '@nuncio/matching'
import { canonicalIp, dnsNameCovers } from './names.ts'
import type { SanMatcher } from './peer-rules.ts'

type Validation = Message<'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext'>
type TypedMatcher = Message<'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher'>

/** Compiles `match_typed_subject_alt_names` and its older form, of which one must match. */
export function compileSanMatchers(validation: Validation, place: ConfigPlace): SanMatcher[] {
  const typed = (validation.match_typed_subject_alt_names ?? []).map((config, i) =>
    compileTyped(config, place.item('match_typed_subject_alt_names', i, config)),
  )
  const anyKind = (validation.match_subject_alt_names ?? []).map((config, i): SanMatcher => {
    const matcher = compileStringMatcher(config, place.item('match_subject_alt_names', i, config))
    return (names) => names.all.some((name) => matcher.matches(name))
  })
  return [...typed, ...anyKind]
}

function compileTyped(config: TypedMatcher, place: ConfigPlace): SanMatcher {
  const exact = config.matcher?.exact
  const matcher = compileStringMatcher(config.matcher ?? {}, place.at('matcher', config.matcher))
  const kind: string = config.san_type ?? 'SAN_TYPE_UNSPECIFIED'
  switch (kind) {
    case 'DNS':
      // An exact name is also met by a wildcard of the certificate.
      if (exact !== undefined) return (names) => names.dns.some((dns) => dnsNameCovers(dns, exact))
      return (names) => names.dns.some((name) => matcher.matches(name))
    case 'URI':
      return (names) => names.uri.some((name) => matcher.matches(name))
    case 'EMAIL':
      return (names) => names.email.some((name) => matcher.matches(name))
    case 'IP_ADDRESS': {
      const ip = exact === undefined ? undefined : canonicalIp(exact)
      return (names) => names.ip.some((name) => matcher.matches(name) || canonicalIp(name) === ip)
    }
    default:
      place.error('unsupported', `subject alternative names of type ${kind} cannot be matched`)
      return () => false
  }
}
