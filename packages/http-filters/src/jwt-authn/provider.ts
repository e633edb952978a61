import type { Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import type { FilterStream } from '@nuncio/filter-chain'
import { compileStringMatcher, type ConfigPlace, type StringMatcher, wireText } from '@nuncio/matching'
import { readSource } from '../data-source/data-source.ts'
import { claimText, normalizedPayload } from './claims.ts'
import { type KeySource, LocalKeys, type ProviderParts, RemoteKeys } from './key-source.ts'
import { parseKeySet } from './key-set.ts'
import { type Found, type Location, locationsOf, removeToken } from './locations.ts'
import { FETCH_FAILED, type JwtStatus, NOT_VERIFIED, OK, UNKNOWN_ISSUER, WRONG_AUDIENCE } from './status.ts'
import { checkTime, parseToken, type Token } from './token.ts'

export type ProviderConfig = Message<'envoy.extensions.filters.http.jwt_authn.v3.JwtProvider'>

const DEFAULT_SKEW_SECONDS = 60
const DEFAULT_CACHE_SIZE = 100
const DEFAULT_MAX_CACHED_BYTES = 4096
const NAMESPACE = 'envoy.filters.http.jwt_authn'

/** Who issues tokens, what must be so of them, and what becomes of one that was verified. */
export class Provider {
  readonly name: string
  readonly config: ProviderConfig
  /** '' = any. */
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly locations: readonly Location[]
  /** Lower-case names of headers that only this filter may set. */
  readonly ownHeaders: readonly string[]
  readonly #keys: KeySource
  readonly #subjects: StringMatcher | undefined
  readonly #skewSeconds: number
  readonly #maxLifeSeconds: number | undefined
  readonly #maxCachedBytes: number
  readonly #forwardHeader: string
  readonly #claimHeaders: readonly { readonly header: string; readonly claim: string }[]
  readonly #cacheHit: Counter
  readonly #cacheMiss: Counter

  constructor(name: string, config: ProviderConfig, place: ConfigPlace, parts: ProviderParts) {
    this.name = name
    this.config = config
    this.issuer = config.issuer ?? ''
    this.audiences = audienceSet(config.audiences)
    this.locations = locationsOf(config)
    const cache = config.jwt_cache_config
    this.#keys = compileKeys(config, place, parts, cache === undefined ? 0 : cache.jwt_cache_size || DEFAULT_CACHE_SIZE)
    this.#subjects = config.subjects && compileStringMatcher(config.subjects, place.at('subjects', config.subjects))
    this.#skewSeconds = config.clock_skew_seconds || DEFAULT_SKEW_SECONDS
    this.#maxLifeSeconds = config.max_lifetime === undefined ? undefined : config.max_lifetime / 1000
    this.#maxCachedBytes = cache?.jwt_max_token_size || DEFAULT_MAX_CACHED_BYTES
    this.#forwardHeader = (config.forward_payload_header ?? '').toLowerCase()
    this.#claimHeaders = (config.claim_to_headers ?? []).map(
      ({ header_name: header = '', claim_name: claim = '' }) => ({
        header: header.toLowerCase(),
        claim,
      }),
    )
    this.ownHeaders = [this.#forwardHeader, ...this.#claimHeaders.map(({ header }) => header)].filter(
      (one) => one !== '',
    )
    this.#cacheHit = parts.stats.counter('jwt_cache_hit')
    this.#cacheMiss = parts.stats.counter('jwt_cache_miss')
  }

  /** What is remembered of a token, if it was verified with keys that still hold; otherwise the token is read. */
  read(text: string): Token | JwtStatus {
    const known = this.#keys.current?.remembered(text)
    const counter = known === undefined ? this.#cacheMiss : this.#cacheHit
    counter.inc()
    return known ?? parseToken(text)
  }

  /** Whether a token is good here and now. `audiences` stand in the place of the provider's own. */
  async verify(token: Token, nowSeconds: number, audiences = this.audiences): Promise<JwtStatus> {
    if (this.issuer !== '' && token.issuer !== this.issuer) return UNKNOWN_ISSUER
    if (!this.#isAllowed(token, nowSeconds)) return NOT_VERIFIED
    const timely = checkTime(token, nowSeconds, this.#skewSeconds)
    if (timely !== OK) return timely
    if (audiences.size > 0 && !token.audiences.some((one) => audiences.has(withoutEnd(one)))) return WRONG_AUDIENCE
    const keys = await this.#keys.keys()
    if (keys === undefined) return FETCH_FAILED
    if (keys.remembered(token.text) !== undefined) return OK
    const status = await keys.verify(token)
    if (status === OK && token.text.length <= this.#maxCachedBytes) keys.remember(token)
    return status
  }

  #isAllowed({ subject, expires }: Token, nowSeconds: number): boolean {
    if (this.#subjects?.matches(wireText(subject)) === false) return false
    if (expires === undefined) return this.#maxLifeSeconds === undefined && this.config.require_expiration !== true
    return this.#maxLifeSeconds === undefined || expires - nowSeconds <= this.#maxLifeSeconds
  }

  /** Tells upstream and later filters what a token says. */
  pass(token: Token, { location }: Found, headers: RequestHeaders, stream: FilterStream): void {
    this.forward(token, headers, stream)
    if (this.config.forward !== true) removeToken(headers, location)
  }

  /** As `pass`, and the token stays where it is. */
  forward(token: Token, headers: RequestHeaders, stream: FilterStream): void {
    const { config } = this
    if (this.#forwardHeader !== '') headers.append(this.#forwardHeader, this.#payloadText(token))
    let added = false
    for (const { header, claim } of this.#claimHeaders) {
      const text = claimText(token.payload, claim)
      if (text === undefined) continue
      headers.append(header, text)
      added = true
    }
    const { header_in_metadata: headerKey = '', payload_in_metadata: payloadKey = '' } = config
    if (headerKey !== '') stream.info.setMetadata(NAMESPACE, { [headerKey]: token.header })
    if (payloadKey !== '') {
      const lists = config.normalize_payload_in_metadata?.space_delimited_claims ?? []
      stream.info.setMetadata(NAMESPACE, { [payloadKey]: normalizedPayload(token.payload, lists) })
    }
    if (config.clear_route_cache === true && (added || payloadKey !== '')) stream.clearRouteCache()
  }

  /** Notes why a token was refused, where somebody asked for it. */
  noteFailure({ code, message }: JwtStatus, stream: FilterStream): void {
    const key = this.config.failed_status_in_metadata ?? ''
    if (key !== '') stream.info.setMetadata(NAMESPACE, { [key]: { code, message } })
  }

  #payloadText({ payloadText }: Token): string {
    return this.config.pad_forward_payload_header === true
      ? payloadText.padEnd(Math.ceil(payloadText.length / 4) * 4, '=')
      : payloadText
  }
}

/** Audiences are compared without a scheme and a slash at the end, as Envoy does. */
export function audienceSet(audiences: readonly string[] | undefined): ReadonlySet<string> {
  return new Set(audiences?.map(withoutEnd))
}

function withoutEnd(audience: string): string {
  const bare = audience.replace(/^https?:\/\//, '')
  return bare.endsWith('/') ? bare.slice(0, -1) : bare
}

function compileKeys(config: ProviderConfig, place: ConfigPlace, parts: ProviderParts, cacheSize: number): KeySource {
  const { remote_jwks: remote, local_jwks: local } = config
  if (remote !== undefined) return new RemoteKeys(remote, place.at('remote_jwks', remote), parts, cacheSize)
  if (local === undefined) {
    place.error('missing-field', 'a provider needs remote_jwks or local_jwks')
    return new LocalKeys(undefined)
  }
  const at = place.at('local_jwks', local)
  const text = readSource(local, at, parts.context.platform)
  const keys = text === undefined ? undefined : parseKeySet(text, cacheSize)
  if (text !== undefined && keys === undefined)
    at.error('rule', 'this is no JWK set with a key that verifies', 'a JWK set is {"keys": [{"kty": …}]}, in JSON')
  return new LocalKeys(keys)
}
