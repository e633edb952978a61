import { envoyMessage, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { jwtAuthnHonours } from './honours.ts'
import { Provider } from './provider.ts'
import { type Requirement, UNVERIFIED_HEADER } from './requirement.ts'
import { Rules } from './rules.ts'
import { type JwtStatus, MISSING, OK, WRONG_AUDIENCE } from './status.ts'
import { realmOf } from '../realm/realm.ts'

type Config = Message<'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication'>
type PerRoute = Message<'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig'>

/** Keeps no state of a stream: one object serves all. */
class JwtAuthnFilter implements HttpFilter {
  readonly #context: FilterContext<PerRoute>
  readonly #rules: Rules
  readonly #ownHeaders: readonly string[]
  readonly #bypassPreflight: boolean
  readonly #strips: boolean
  readonly #allowed: Counter
  readonly #denied: Counter
  readonly #bypassed: Counter

  constructor(config: Config, context: FilterContext<PerRoute>) {
    const place = configPlace(config, context)
    const at = place.at('providers', config.providers)
    const stats = context.stats.scope(`jwt_authn.${withDot(config.stat_prefix ?? '')}`)
    const providers = new Map(
      Object.entries(config.providers ?? {}).map(([name, one]) => [
        name,
        new Provider(name, one, at.at(name, one), { context, stats }),
      ]),
    )
    this.#context = context
    this.#rules = new Rules(config, providers, place, context)
    this.#ownHeaders = [
      ...new Set([...providers.values()].flatMap((provider) => provider.ownHeaders)),
      UNVERIFIED_HEADER,
    ]
    this.#bypassPreflight = config.bypass_cors_preflight === true
    this.#strips = config.strip_failure_response === true
    this.#allowed = stats.counter('allowed')
    this.#denied = stats.counter('denied')
    this.#bypassed = stats.counter('cors_preflight_bypassed')
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    // Only this filter says what a token says.
    for (let i = 0; i < this.#ownHeaders.length; i++) headers.remove(this.#ownHeaders[i]!)
    if (this.#bypassPreflight && isPreflight(headers)) {
      this.#bypassed.inc()
      return this.#allowed.inc()
    }
    const route = this.#context.routeConfig(stream)
    if (route?.disabled === true) return this.#allowed.inc()
    const name = route?.requirement_name
    if (name !== undefined && !this.#rules.named.has(name)) return this.#unknownRequirement(name)
    const requirement = name === undefined ? this.#rules.find(stream) : this.#rules.named.get(name)
    if (requirement === undefined) return this.#allowed.inc()
    return this.#check(requirement, headers, stream)
  }

  async #check(requirement: Requirement, headers: RequestHeaders, stream: FilterStream): Promise<void | LocalReply> {
    const realm = realmOf(headers)
    const nowSeconds = Math.floor(this.#context.time.wallMs() / 1000)
    const status = await requirement.check({ headers, stream, nowSeconds })
    if (status === OK) return this.#allowed.inc()
    this.#denied.inc()
    return localReply(status === WRONG_AUDIENCE ? 403 : 401, detailsOf(status.message), {
      body: this.#strips ? '' : status.message,
      headers: this.#strips ? [] : [['www-authenticate', challenge(realm, status)]],
    })
  }

  #unknownRequirement(name: string): LocalReply {
    this.#denied.inc()
    const message = `Wrong requirement_name: ${name}. It should be one of [${[...this.#rules.named.keys()].join(',')}]`
    const body = this.#strips ? '' : `Failed JWT authentication: ${message}`
    return localReply(403, detailsOf(message), { body })
  }
}

function challenge(realm: string, status: JwtStatus): string {
  return `Bearer realm="${realm}"${status === MISSING ? '' : ', error="invalid_token"'}`
}

function detailsOf(message: string): string {
  return `jwt_authn_access_denied{${message.replaceAll(' ', '_')}}`
}

function isPreflight(headers: RequestHeaders): boolean {
  return (
    headers.method === 'OPTIONS' &&
    (headers.get('origin') ?? '') !== '' &&
    (headers.get('access-control-request-method') ?? '') !== ''
  )
}

function withDot(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
}

/** `envoy.filters.http.jwt_authn`: lets requests through whose JSON Web Tokens are good. */
export const jwtAuthn: HttpFilterDefinition<Config, PerRoute> = {
  name: 'envoy.filters.http.jwt_authn',
  config: envoyMessage('envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', jwtAuthnHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig', jwtAuthnHonours),
  stability: 'stable',
  create: (config, context) => {
    const filter = new JwtAuthnFilter(config, context)
    return () => filter
  },
}
