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
import { readCredentials, WRONG } from './credentials.ts'
import { basicAuthHonours } from './honours.ts'
import { compileUsers, type Users } from './users.ts'
import { realmOf } from '../realm/realm.ts'

type Config = Message<'envoy.extensions.filters.http.basic_auth.v3.BasicAuth'>
type PerRoute = Message<'envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute'>

/** Keeps no state of a stream: one object serves all. */
class BasicAuthFilter implements HttpFilter {
  readonly #context: FilterContext<Users>
  readonly #users: Users
  readonly #header: string
  readonly #forward: string
  readonly #realm: string
  readonly #allowMissing: boolean
  readonly #emit: boolean
  readonly #allowed: Counter
  readonly #denied: Counter

  constructor(config: Config, context: FilterContext<Users>) {
    this.#context = context
    this.#users = compileUsers(config.users, configPlace(config, context), context)
    this.#header = (config.authentication_header || 'authorization').toLowerCase()
    this.#forward = (config.forward_username_header ?? '').toLowerCase()
    this.#realm = (config.realm ?? '').replaceAll(/["\\]/g, '\\$&')
    this.#allowMissing = config.allow_missing === true
    this.#emit = config.emit_dynamic_metadata === true
    this.#allowed = context.stats.counter('basic_auth.allowed')
    this.#denied = context.stats.counter('basic_auth.denied')
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    // Only this filter says who somebody is.
    if (this.#forward !== '') headers.remove(this.#forward)
    const value = headers.get(this.#header)
    if (value === undefined && this.#allowMissing) return
    const given = readCredentials(value)
    if (!given.ok) return this.#refuse(given, headers)
    const users = this.#context.routeConfig(stream) ?? this.#users
    if (!users.accepts(given.name, given.password)) return this.#refuse(WRONG, headers)
    if (this.#forward !== '') headers.set(this.#forward, given.name)
    if (this.#emit) stream.info.setMetadata('envoy.filters.http.basic_auth', { username: given.name })
    this.#allowed.inc()
  }

  #refuse({ details, body }: { readonly details: string; readonly body: string }, headers: RequestHeaders): LocalReply {
    this.#denied.inc()
    const realm = this.#realm === '' ? realmOf(headers) : this.#realm
    return localReply(401, details, { body, headers: [['www-authenticate', `Basic realm="${realm}"`]] })
  }
}

/** `envoy.filters.http.basic_auth`: lets through those whose name and password stand in a list. */
export const basicAuth: HttpFilterDefinition<Config, Users> = {
  name: 'envoy.filters.http.basic_auth',
  config: envoyMessage('envoy.extensions.filters.http.basic_auth.v3.BasicAuth', basicAuthHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute', basicAuthHonours),
  stability: 'alpha',
  create: (config, context) => {
    const filter = new BasicAuthFilter(config, context)
    return () => filter
  },
  createRoute: (config, context) =>
    compileUsers((config as PerRoute).users, configPlace(config as object, context), context),
}
