import type { JsonObject } from '@nuncio/config'
import { deepEqual, type Host } from '@nuncio/cluster'
import type { Counter } from '@nuncio/core'
import type { UpstreamTransport } from './transport.ts'

/** Endpoint metadata that `transport_socket_matches` looks at. */
const NAMESPACE = 'envoy.transport_socket_match'

/** One entry of `transport_socket_matches`, or the cluster's own transport socket at the end of the list. */
export interface TransportMatch {
  /** Fields that an endpoint must have; undefined = any endpoint. */
  readonly match: JsonObject | undefined
  readonly transport: UpstreamTransport
  readonly count: Counter
}

/** Chooses how to speak to a host, by its metadata: the first entry that matches. */
export class TransportChoice {
  readonly #entries: readonly TransportMatch[]
  readonly #fallback: TransportMatch

  /** The last entry must match any endpoint. */
  constructor(entries: readonly TransportMatch[], fallback: TransportMatch) {
    this.#entries = entries
    this.#fallback = fallback
  }

  /** A small number for each transport of the cluster. */
  numberOf(transport: UpstreamTransport): number {
    return this.#entries.findIndex((entry) => entry.transport === transport)
  }

  /** Control side; counts which entry was taken. `criteria`: fields that stand in for the endpoint's own. */
  choose(host: Host, criteria?: JsonObject): UpstreamTransport {
    const fields = criteria ?? host.metadata[NAMESPACE]
    const found = this.#entries.find((entry) => covers(fields, entry.match)) ?? this.#fallback
    found.count.inc()
    return found.transport
  }

  /** Whether hosts without matching metadata are spoken to over TLS. */
  get secure(): boolean {
    return this.#fallback.transport.tls !== undefined
  }

  dispose(): void {
    for (const entry of this.#entries) entry.transport.dispose()
    this.#fallback.transport.dispose()
  }
}

function covers(fields: Readonly<Record<string, unknown>> | undefined, match: JsonObject | undefined): boolean {
  if (match === undefined) return true
  return Object.entries(match).every(
    ([key, value]) => fields !== undefined && Object.hasOwn(fields, key) && deepEqual(fields[key], value),
  )
}
