import type { RequestHeaders } from '@nuncio/core'
import { cookieValue, decodedQueryParameter, wireText } from '@nuncio/matching'
import type { Provider } from './provider.ts'

/** A place in a request where a token may stand. */
export interface Location {
  readonly kind: 'header' | 'parameter' | 'cookie'
  /** Lower-case for headers. */
  readonly name: string
  /** Headers: what stands before the token; '' = nothing. */
  readonly prefix: string
}

type Config = Provider['config']

const DEFAULTS: readonly Location[] = [
  { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
  { kind: 'parameter', name: 'access_token', prefix: '' },
]

/** Where a provider's tokens stand, as it says, or where bearer tokens do. */
export function locationsOf(config: Config): readonly Location[] {
  const { from_headers: headers = [], from_params: parameters = [], from_cookies: cookies = [] } = config
  if (headers.length + parameters.length + cookies.length === 0) return DEFAULTS
  return [
    ...headers.map(({ name = '', value_prefix: prefix = '' }): Location => ({
      kind: 'header',
      name: name.toLowerCase(),
      prefix,
    })),
    ...parameters.map((name): Location => ({ kind: 'parameter', name: wireText(name), prefix: '' })),
    ...cookies.map((name): Location => ({ kind: 'cookie', name: wireText(name), prefix: '' })),
  ]
}

/** A token as it was found, and the providers that look for theirs at this place. */
export interface Found {
  readonly text: string
  readonly location: Location
  readonly providers: readonly Provider[]
}

/** Finds the tokens of some providers. */
export class TokenFinder {
  readonly #places: readonly { readonly location: Location; readonly providers: readonly Provider[] }[]

  constructor(providers: readonly Provider[]) {
    const places = new Map<string, { location: Location; providers: Provider[] }>()
    for (const provider of providers) {
      for (const location of provider.locations) {
        const key = `${location.kind} ${location.name} ${location.prefix}`
        const place = places.get(key)
        if (place === undefined) places.set(key, { location, providers: [provider] })
        else place.providers.push(provider)
      }
    }
    this.#places = [...places.values()]
  }

  /** All tokens of a request, the one to be looked at first at the front. */
  find(headers: RequestHeaders): Found[] {
    const found: Found[] = []
    for (const { location, providers } of this.#places) {
      const text = textAt(headers, location)
      if (text !== undefined) found.unshift({ text, location, providers })
    }
    return found
  }
}

function textAt(headers: RequestHeaders, { kind, name, prefix }: Location): string | undefined {
  if (kind === 'parameter') return decodedQueryParameter(headers.path, name)
  if (kind === 'cookie') return cookieValue(headers, name)
  const value = headers.getJoined(name)
  if (value === undefined || prefix === '') return value
  const at = value.indexOf(prefix)
  return at < 0 ? undefined : value.slice(at + prefix.length).trimStart()
}

/** Takes a token out of the request. One in a cookie stays: it is the client's. */
export function removeToken(headers: RequestHeaders, { kind, name }: Location): void {
  if (kind === 'header') headers.remove(name)
  else if (kind === 'parameter') headers.path = withoutParameter(headers.path, name)
}

function withoutParameter(path: string, name: string): string {
  const mark = path.indexOf('?')
  const left = path
    .slice(mark + 1)
    .split('&')
    .filter((part) => decodedQueryParameter(`?${part}`, name) === undefined)
  return left.length === 0 ? path.slice(0, mark) : `${path.slice(0, mark)}?${left.join('&')}`
}
