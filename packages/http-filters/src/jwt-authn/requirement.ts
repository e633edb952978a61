import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import type { FilterStream } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { type Found, TokenFinder } from './locations.ts'
import { audienceSet, type Provider } from './provider.ts'
import { type JwtStatus, MISSING, OK, UNKNOWN_ISSUER } from './status.ts'
import { parseToken } from './token.ts'

type Config = Message<'envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement'>

/** A request whose tokens are looked at. */
export interface Subject {
  readonly headers: RequestHeaders
  readonly stream: FilterStream
  readonly nowSeconds: number
}

/** What is required of a request. */
export interface Requirement {
  check(subject: Subject): Promise<JwtStatus>
}

/** Tells the upstream that a token was passed on unverified; no client may say so itself. */
export const UNVERIFIED_HEADER = 'x-jwt-signature-verified'

/** Compiles a requirement; undefined: nothing is required. `scope`: the providers that `allow_missing` means. */
export function compileRequirement(
  config: Config,
  providers: ReadonlyMap<string, Provider>,
  place: ConfigPlace,
  scope: readonly Provider[] = [...providers.values()],
): Requirement | undefined {
  const { requires_any: any, requires_all: all, provider_and_audiences: audiences } = config
  if (config.provider_name !== undefined) return ofProvider(config.provider_name, undefined, providers, place)
  if (audiences !== undefined)
    return ofProvider(audiences.provider_name ?? '', audiences.audiences, providers, place.at('provider_and_audiences', audiences)) // prettier-ignore
  const list = any ?? all
  if (list !== undefined) {
    const at = place.at(any === undefined ? 'requires_all' : 'requires_any', list)
    const named = namedProviders(list.requirements ?? [], providers)
    const inner = (list.requirements ?? []).flatMap(
      (one, i) =>
        compileRequirement(one, providers, at.item('requirements', i, one), named.length > 0 ? named : scope) ?? [],
    )
    return any === undefined ? new AllOf(inner) : new AnyOf(inner)
  }
  if (config.allow_missing_or_failed !== undefined) return new Optional(scope, true)
  if (config.allow_missing !== undefined) return new Optional(scope, false)
  return config.extract_only_without_validation === undefined ? undefined : new ExtractOnly(scope)
}

function namedProviders(list: readonly Config[], providers: ReadonlyMap<string, Provider>): Provider[] {
  return list.flatMap((one) => {
    const inner = one.requires_any?.requirements ?? one.requires_all?.requirements
    if (inner !== undefined) return namedProviders(inner, providers)
    return providers.get(one.provider_name ?? one.provider_and_audiences?.provider_name ?? '') ?? []
  })
}

function ofProvider(
  name: string,
  audiences: readonly string[] | undefined,
  providers: ReadonlyMap<string, Provider>,
  place: ConfigPlace,
): Requirement {
  const provider = providers.get(name)
  if (provider !== undefined)
    return new OfProvider(provider, audiences === undefined ? undefined : audienceSet(audiences))
  place.at('provider_name').error('dangling-reference', `there is no provider ${JSON.stringify(name)}`)
  return new AnyOf([])
}

/** A token of one provider, and if there are several, each has to be good: nobody knows which one the upstream reads. */
class OfProvider implements Requirement {
  readonly #provider: Provider
  readonly #audiences: ReadonlySet<string> | undefined
  readonly #finder: TokenFinder

  constructor(provider: Provider, audiences: ReadonlySet<string> | undefined) {
    this.#provider = provider
    this.#audiences = audiences
    this.#finder = new TokenFinder([provider])
  }

  async check(subject: Subject): Promise<JwtStatus> {
    const found = this.#finder.find(subject.headers)
    return found.length === 0 ? MISSING : await eachInTurn(found, (one) => this.#checkOne(one, subject))
  }

  async #checkOne(found: Found, { headers, stream, nowSeconds }: Subject): Promise<JwtStatus> {
    const provider = this.#provider
    const token = provider.read(found.text)
    const status = 'message' in token ? token : await provider.verify(token, nowSeconds, this.#audiences)
    if (status === OK && !('message' in token)) provider.pass(token, found, headers, stream)
    else provider.noteFailure(status, stream)
    return status
  }
}

/** Verifies one after the other, up to the first that fails. */
async function eachInTurn<T>(items: readonly T[], check: (item: T) => Promise<JwtStatus>, at = 0): Promise<JwtStatus> {
  const status = await check(items[at]!)
  return status !== OK || at === items.length - 1 ? status : await eachInTurn(items, check, at + 1)
}

/** Tokens may be missing; those that are there are verified, each by the provider of its issuer. */
class Optional implements Requirement {
  readonly #providers: readonly Provider[]
  readonly #mayFail: boolean
  readonly #finder: TokenFinder

  constructor(providers: readonly Provider[], mayFail: boolean) {
    this.#providers = providers
    this.#mayFail = mayFail
    this.#finder = new TokenFinder(providers)
  }

  async check(subject: Subject): Promise<JwtStatus> {
    const found = this.#finder.find(subject.headers)
    if (found.length === 0) return OK
    return await eachInTurn(found, async (one) => {
      const status = await this.#checkOne(one, subject)
      return this.#mayFail ? OK : status
    })
  }

  async #checkOne(found: Found, { headers, stream, nowSeconds }: Subject): Promise<JwtStatus> {
    const token = parseToken(found.text)
    if ('message' in token) return token
    const { issuer } = token
    // Who looks for tokens of this issuer at this place, and whoever takes those of any issuer.
    const meant = (provider: Provider): boolean => provider.issuer === issuer
    if (!found.providers.some((one) => meant(one) || takesAny(one))) return UNKNOWN_ISSUER
    const provider = this.#providers.find(meant) ?? this.#providers.find(takesAny)
    if (provider === undefined) return UNKNOWN_ISSUER
    const status = await provider.verify(token, nowSeconds)
    if (status === OK) provider.pass(token, found, headers, stream)
    else provider.noteFailure(status, stream)
    return status
  }
}

function takesAny({ issuer }: Provider): boolean {
  return issuer === ''
}

/** Tells what tokens say without verifying anything; marks the request as such. */
class ExtractOnly implements Requirement {
  readonly #finder: TokenFinder

  constructor(providers: readonly Provider[]) {
    this.#finder = new TokenFinder(providers)
  }

  async check({ headers, stream }: Subject): Promise<JwtStatus> {
    for (const { text, providers } of this.#finder.find(headers)) {
      headers.set(UNVERIFIED_HEADER, 'false')
      const token = parseToken(text)
      if ('message' in token) continue
      providers.find(({ issuer }) => issuer === token.issuer || issuer === '')?.forward(token, headers, stream)
    }
    return await Promise.resolve(OK)
  }
}

class AllOf implements Requirement {
  readonly #parts: readonly Requirement[]
  constructor(parts: readonly Requirement[]) {
    this.#parts = parts
  }

  check(subject: Subject): Promise<JwtStatus> {
    return this.#parts.length === 0 ? Promise.resolve(OK) : eachInTurn(this.#parts, (part) => part.check(subject))
  }
}

class AnyOf implements Requirement {
  readonly #parts: readonly Requirement[]
  constructor(parts: readonly Requirement[]) {
    this.#parts = parts
  }

  check(subject: Subject): Promise<JwtStatus> {
    return this.#from(0, subject, MISSING)
  }

  /** The last that says more than that there was no token gives the reason. */
  async #from(at: number, subject: Subject, reason: JwtStatus): Promise<JwtStatus> {
    const part = this.#parts[at]
    if (part === undefined) return reason
    const status = await part.check(subject)
    if (status === OK) return OK
    const says = status !== MISSING && (status !== UNKNOWN_ISSUER || reason === MISSING)
    return await this.#from(at + 1, subject, says ? status : reason)
  }
}
