import { connectionInfo, type ConnectionInfo, type RequestHeaders, requestHeaders } from '@nuncio/core'
import type { Message } from '@nuncio/config'

type HashPolicies = readonly Message<'envoy.config.route.v3.RouteAction.HashPolicy'>[]

/** Makes requests that carry a key wherever the hash policies of their route look for one. */
export class RequestMaker {
  readonly #headers: readonly string[]
  readonly #cookies: readonly string[]
  readonly #parameters: readonly string[]
  readonly #bySource: boolean
  readonly #connection = connectionFrom('10.0.0.1')

  constructor(policies: HashPolicies) {
    this.#headers = policies.flatMap(({ header }) => header?.header_name?.toLowerCase() ?? [])
    this.#cookies = policies.flatMap(({ cookie }) => cookie?.name ?? [])
    this.#parameters = policies.flatMap(({ query_parameter }) => query_parameter?.name ?? [])
    this.#bySource = policies.some(({ connection_properties }) => connection_properties?.source_ip === true)
  }

  headers(key: number): RequestHeaders {
    const path =
      this.#parameters.length === 0 ? '/' : `/?${this.#parameters.map((name) => `${name}=key-${key}`).join('&')}`
    const headers = requestHeaders([
      [':method', 'GET'],
      [':path', path],
      [':authority', 'simulated'],
      [':scheme', 'http'],
    ])
    for (const name of this.#headers) if (!name.startsWith(':')) headers.append(name, `key-${key}`)
    if (this.#cookies.length > 0) headers.append('cookie', this.#cookies.map((name) => `${name}=key-${key}`).join('; '))
    return headers
  }

  /** The downstream connection of a request with this key. */
  connection(key: number): ConnectionInfo {
    if (!this.#bySource) return this.#connection
    return connectionFrom(`10.${(key >> 16) & 255}.${(key >> 8) & 255}.${key & 255}`)
  }
}

function connectionFrom(address: string): ConnectionInfo {
  const local = { address: '10.255.255.254', port: 80 }
  return connectionInfo({ id: 1, remote: { address, port: 40_000 }, local, listenerName: 'simulated' })
}
