import type { Message } from '@nuncio/config'
import { formatAddress, type Hash64, type RequestHeaders, type StreamInfo, xxHash64 } from '@nuncio/core'
import {
  compileRegexRewrite,
  type ConfigPlace,
  cookieValue,
  filterStateValue,
  queryParameter,
  type RegexRewrite,
  wireText,
} from '@nuncio/matching'
import type { HashPolicy, HashResult } from '../contracts.ts'

const hash: Hash64 = { high: 0, low: 0 }

/** One way to a hash: fills `hash` and answers true, or has nothing to hash. */
interface HashMethod {
  readonly terminal: boolean
  evaluate(headers: RequestHeaders, info: StreamInfo, out: HashResult): boolean
}

class CombinedHash implements HashPolicy {
  readonly #methods: readonly HashMethod[]

  constructor(methods: readonly HashMethod[]) {
    this.#methods = methods
  }

  hash(headers: RequestHeaders, info: StreamInfo, out: HashResult): void {
    out.has = false
    out.high = out.low = 0
    out.cookie = ''
    for (let i = 0; i < this.#methods.length; i++) {
      const method = this.#methods[i]!
      if (method.evaluate(headers, info, out)) combine(out)
      if (method.terminal && out.has) return
    }
  }
}

/** The old value, rotated left by one bit, so that equal hashes do not cancel out, XOR the new one. */
function combine(out: HashResult): void {
  const { high, low } = out
  out.high = (((high << 1) | (low >>> 31)) ^ hash.high) >>> 0
  out.low = (((low << 1) | (high >>> 31)) ^ hash.low) >>> 0
  out.has = true
}

/** Compiles a route's hash policies; undefined for none. */
export function compileHashPolicy(
  configs: readonly Message<'envoy.config.route.v3.RouteAction.HashPolicy'>[] | undefined,
  place: ConfigPlace,
): HashPolicy | undefined {
  if (configs === undefined || configs.length === 0) return undefined
  const methods = configs.map((config, i) => compileMethod(config, place.item('hash_policy', i, config)))
  return new CombinedHash(methods.filter((one) => one !== undefined))
}

function compileMethod(
  config: Message<'envoy.config.route.v3.RouteAction.HashPolicy'>,
  place: ConfigPlace,
): HashMethod | undefined {
  const terminal = config.terminal === true
  if (config.header !== undefined) {
    const { header_name: name = '', regex_rewrite: rewrite } = config.header
    const regex =
      rewrite && compileRegexRewrite(rewrite, place.at('header', config.header).at('regex_rewrite', rewrite))
    return new HeaderHash(name.toLowerCase(), regex, terminal)
  }
  if (config.cookie !== undefined) return new CookieHash(config.cookie, terminal)
  if (config.query_parameter !== undefined) return new QueryHash(wireText(config.query_parameter.name ?? ''), terminal)
  if (config.filter_state !== undefined) return new FilterStateHash(config.filter_state.key ?? '', terminal)
  if (config.connection_properties !== undefined)
    return config.connection_properties.source_ip === true ? new SourceIpHash(terminal) : undefined
  place.error(
    'missing-field',
    'a hash policy needs one of header, cookie, connection_properties, query_parameter, filter_state',
  )
  return undefined
}

class HeaderHash implements HashMethod {
  readonly terminal: boolean
  readonly #name: string
  readonly #regex: RegexRewrite | undefined

  constructor(name: string, regex: RegexRewrite | undefined, terminal: boolean) {
    this.terminal = terminal
    this.#name = name
    this.#regex = regex
  }

  evaluate(headers: RequestHeaders): boolean {
    const first = headers.get(this.#name)
    if (first === undefined) return false
    const joined = headers.getJoined(this.#name)
    if (joined === first) {
      xxHash64(this.#regex === undefined ? first : this.#regex.apply(first), hash)
      return true
    }
    // Sorted, so that the order of lines does not matter; each hash is the seed of the next.
    const values = headers.getAll(this.#name).map((value) => this.#regex?.apply(value) ?? value)
    hash.high = hash.low = 0
    for (const value of values.toSorted(byBytes)) xxHash64(value, hash, hash.high, hash.low)
    return true
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

class CookieHash implements HashMethod {
  readonly terminal: boolean
  readonly #name: string
  readonly #ttlSeconds: number | undefined
  readonly #attributes: string

  constructor(config: Message<'envoy.config.route.v3.RouteAction.HashPolicy.Cookie'>, terminal: boolean) {
    this.terminal = terminal
    this.#name = wireText(config.name ?? '')
    this.#ttlSeconds = config.ttl === undefined ? undefined : Math.floor(config.ttl / 1000)
    const age = (this.#ttlSeconds ?? 0) === 0 ? '' : `; Max-Age=${this.#ttlSeconds}`
    const path = config.path === undefined || config.path === '' ? '' : `; Path=${config.path}`
    const more = (config.attributes ?? []).map(
      ({ name = '', value = '' }) => `; ${name}${value === '' ? '' : `=${value}`}`,
    )
    this.#attributes = wireText(`${age}${path}${more.join('')}; HttpOnly`)
  }

  evaluate(headers: RequestHeaders, info: StreamInfo, out: HashResult): boolean {
    const value = cookieValue(headers, this.#name) ?? ''
    if (value !== '') {
      xxHash64(value, hash)
      return true
    }
    if (this.#ttlSeconds === undefined) return false
    // Streams of one connection race to the same cookie, so they must make the same value.
    const { remote, local } = info.connection
    xxHash64(formatAddress(remote) + formatAddress(local), hash)
    const made = hex(hash.high) + hex(hash.low)
    if (out.cookie === '') out.cookie = `${this.#name}="${made}"${this.#attributes}`
    xxHash64(made, hash)
    return true
  }
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0')
}

class QueryHash implements HashMethod {
  readonly terminal: boolean
  readonly #name: string
  constructor(name: string, terminal: boolean) {
    this.terminal = terminal
    this.#name = name
  }
  evaluate(headers: RequestHeaders): boolean {
    const value = queryParameter(headers.path, this.#name)
    if (value === undefined) return false
    xxHash64(value, hash)
    return true
  }
}

class FilterStateHash implements HashMethod {
  readonly terminal: boolean
  readonly #key: string
  constructor(key: string, terminal: boolean) {
    this.terminal = terminal
    this.#key = key
  }
  evaluate(_: RequestHeaders, info: StreamInfo): boolean {
    const value = filterStateValue(info, this.#key)
    if (value === undefined) return false
    xxHash64(wireText(value.serialize()), hash)
    return true
  }
}

class SourceIpHash implements HashMethod {
  readonly terminal: boolean
  constructor(terminal: boolean) {
    this.terminal = terminal
  }
  evaluate(_: RequestHeaders, info: StreamInfo): boolean {
    const { address } = info.remote
    // A Unix socket has no address to hash.
    if (address === '' || address.startsWith('/') || address.startsWith('@')) return false
    xxHash64(address, hash)
    return true
  }
}
