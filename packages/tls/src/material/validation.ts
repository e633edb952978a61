import type { Message } from '@nuncio/config'
import { compileStringMatcher, type ConfigPlace, type StringMatcher } from '@nuncio/matching'
import { getCACertificates, rootCertificates } from 'node:tls'
import type { AlternativeName, NameKind } from '../certificates/alternative-names.ts'
import { dnsNameMatches } from '../peer/peer-names.ts'
import { readRevocationLists, type RevocationList } from '../peer/revocation-list.ts'
import { readAuthorities } from './authorities.ts'
import { loadTrustDomains, type TrustDomains } from '../spiffe/trust-domains.ts'
import { readDataSource, type Watched } from './data-source.ts'

export type ValidationContext = Message<'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext'>

/** How a peer's certificate is judged, with the bytes of authorities and revocation lists read. */
export interface Validation {
  /** PEM of the authorities that are trusted; undefined: no chain is checked. */
  readonly ca: readonly string[] | undefined
  /** SPIFFE: the authorities by trust domain; `ca` has all of them. */
  readonly domains: TrustDomains | undefined
  /** They are not named to clients that are asked for a certificate (`suppress_client_ca_list`). */
  readonly unlisted: boolean
  /** Where they come from: a file, or `<inline>`. */
  readonly caPath: string
  /** For all certificates of a chain; OpenSSL checks it. */
  readonly crl: Buffer | undefined
  /** For the peer's own certificate alone (`only_verify_leaf_cert_crl`). */
  readonly leafLists: readonly RevocationList[] | undefined
  /**
   * Authorities above the peer's own certificate, the trusted one among them; one is always allowed. Undefined: OpenSSL's
   * limit.
   */
  readonly maxDepth: number | undefined
  /** One of them must match one name of the certificate; empty: names are not looked at. */
  readonly names: readonly NameMatcher[]
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly hashes: readonly string[]
  /** SHA-256 of the public key, base64. */
  readonly keys: readonly string[]
  readonly allowExpired: boolean
  readonly acceptUntrusted: boolean
}

/** Matches names of one kind. */
export interface NameMatcher {
  readonly kind: NameKind
  readonly oid: string
  matches(name: AlternativeName): boolean
}

const KINDS: readonly NameKind[] = ['DNS', 'URI', 'EMAIL', 'IP_ADDRESS']

/** Reads what a validation context names; undefined when it cannot be used, which is reported. */
export function loadValidation(
  config: ValidationContext,
  place: ConfigPlace,
  watched: Watched,
): Validation | undefined {
  if (config.watched_directory?.path) watched.directories.add(config.watched_directory.path)
  if (config.custom_validator_config !== undefined) return loadSpiffe(config, place, watched)
  const ca = loadAuthorities(config, place, watched)
  const crl = config.crl && readDataSource(config.crl, place.at('crl', config.crl), watched)
  if (ca === 'bad' || (config.crl !== undefined && crl === undefined)) return undefined
  const names = [...typedMatchers(config, place), ...plainMatchers(config, place)]
  if (ca === undefined && (names.length > 0 || crl !== undefined)) {
    const hint = 'Add trusted_ca, or pin certificates with verify_certificate_hash.'
    place.error('no-trusted-ca', 'without trusted_ca neither names nor revocation lists mean anything', hint)
    return undefined
  }
  const hashes = (config.verify_certificate_hash ?? []).map((hash) => hash.replaceAll(':', '').toLowerCase())
  const keys = config.verify_certificate_spki ?? []
  checkPins(hashes, HEX, place, 'verify_certificate_hash')
  checkPins(keys, BASE64, place, 'verify_certificate_spki')
  const leafOnly = config.only_verify_leaf_cert_crl === true
  const lists = crl === undefined ? [] : readRevocationLists(crl)
  if (lists === undefined) {
    place.at('crl', config.crl).error('malformed-crl', 'this is no PEM revocation list')
    return undefined
  }
  return {
    ca,
    domains: undefined,
    unlisted: config.suppress_client_ca_list ?? false,
    caPath: config.trusted_ca?.filename ?? '<inline>',
    crl: leafOnly ? undefined : crl,
    leafLists: leafOnly && crl !== undefined ? lists : undefined,
    maxDepth: config.max_verify_depth,
    names,
    hashes,
    keys,
    allowExpired: config.allow_expired_certificate ?? false,
    acceptUntrusted: config.trust_chain_verification === 'ACCEPT_UNTRUSTED',
  }
}

/** A SHA-256 in each of its spellings. */
const HEX = /^[0-9a-f]{64}$/
const BASE64 = /^[A-Za-z0-9+/]{43}=$/

function checkPins(
  pins: readonly string[],
  spelling: RegExp,
  place: ConfigPlace,
  field: 'verify_certificate_hash' | 'verify_certificate_spki',
): void {
  pins.forEach((pin, i) => {
    if (!spelling.test(pin)) place.item(field, i).error('malformed-pin', `${JSON.stringify(pin)} is no SHA-256`)
  })
}

/** Of what else stands beside a SPIFFE validator Envoy takes names and `allow_expired_certificate` alone. */
const BESIDE_SPIFFE: ReadonlySet<string> = new Set([
  'custom_validator_config',
  'match_typed_subject_alt_names',
  'match_subject_alt_names',
  'allow_expired_certificate',
  'watched_directory',
  'suppress_client_ca_list',
])

function loadSpiffe(config: ValidationContext, place: ConfigPlace, watched: Watched): Validation | undefined {
  const extension = config.custom_validator_config!
  const domains = loadTrustDomains(extension, place.at('custom_validator_config', extension), watched)
  if (domains === undefined) return undefined
  for (const field of Object.keys(config)) {
    if (BESIDE_SPIFFE.has(field) || config[field as keyof ValidationContext] === undefined) continue
    place.at(field).warn('conflict', `${field} means nothing beside custom_validator_config`, 'Remove it.')
  }
  return {
    ca: [...domains.values()].flat(),
    domains,
    unlisted: config.suppress_client_ca_list ?? false,
    caPath: '<inline>',
    crl: undefined,
    leafLists: undefined,
    maxDepth: undefined,
    names: [...typedMatchers(config, place), ...plainMatchers(config, place)],
    hashes: [],
    keys: [],
    allowExpired: config.allow_expired_certificate ?? false,
    acceptUntrusted: false,
  }
}

function loadAuthorities(
  config: ValidationContext,
  place: ConfigPlace,
  watched: Watched,
): readonly string[] | undefined | 'bad' {
  if (config.trusted_ca !== undefined)
    return readAuthorities(config.trusted_ca, place.at('trusted_ca', config.trusted_ca), watched) ?? 'bad'
  if (config.system_root_certs === undefined) return undefined
  const system = getCACertificates('system')
  return system.length > 0 ? system : rootCertificates
}

function typedMatchers(config: ValidationContext, place: ConfigPlace): NameMatcher[] {
  return (config.match_typed_subject_alt_names ?? []).map((entry, i) => {
    const at = place.item('match_typed_subject_alt_names', i, entry)
    const kind = entry.san_type ?? 'SAN_TYPE_UNSPECIFIED'
    if (kind === 'SAN_TYPE_UNSPECIFIED') at.error('missing-field', 'a name matcher needs a san_type')
    if (kind === 'OTHER_NAME' && !entry.oid) at.error('missing-field', 'OTHER_NAME needs an oid')
    const matcher = compileStringMatcher(entry.matcher ?? {}, at.at('matcher', entry.matcher))
    const exact = kind === 'DNS' ? entry.matcher?.exact : undefined
    const known = kind === 'SAN_TYPE_UNSPECIFIED' ? 'DNS' : kind
    return exact === undefined ? new TextMatcher(known, entry.oid ?? '', matcher) : new DnsMatcher(exact)
  })
}

/** The older form, which goes for four kinds of names at once. */
function plainMatchers(config: ValidationContext, place: ConfigPlace): NameMatcher[] {
  return (config.match_subject_alt_names ?? []).flatMap((entry, i) => {
    const matcher = compileStringMatcher(entry, place.item('match_subject_alt_names', i, entry))
    return KINDS.map((kind) =>
      kind === 'DNS' && entry.exact !== undefined ? new DnsMatcher(entry.exact) : new TextMatcher(kind, '', matcher),
    )
  })
}

class TextMatcher implements NameMatcher {
  readonly kind: NameKind
  readonly oid: string
  readonly #matcher: StringMatcher
  constructor(kind: NameKind, oid: string, matcher: StringMatcher) {
    this.kind = kind
    this.oid = oid
    this.#matcher = matcher
  }
  matches(name: AlternativeName): boolean {
    return name.kind === this.kind && name.oid === this.oid && this.#matcher.matches(name.value)
  }
}

/** An exact DNS name, against names of certificates that may have a wildcard. */
class DnsMatcher implements NameMatcher {
  readonly kind = 'DNS'
  readonly oid = ''
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }
  matches(name: AlternativeName): boolean {
    return name.kind === 'DNS' && dnsNameMatches(this.#name, name.value)
  }
}
