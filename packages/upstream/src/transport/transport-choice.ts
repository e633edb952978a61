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

  choose(host: Host): UpstreamTransport {
    return this.#find(host.metadata[NAMESPACE]).transport
  }

  /** By fields that stand in for the endpoint's own; counts which entry was taken. */
  chooseBy(criteria: JsonObject): UpstreamTransport {
    const found = this.#find(criteria)
    found.count.inc()
    return found.transport
  }

  /** Hosts came: counts for each which entry it is spoken to by. */
  count(hosts: readonly Host[]): void {
    if (this.#entries.length === 0) this.#fallback.count.add(hosts.length)
    else for (const host of hosts) this.#find(host.metadata[NAMESPACE]).count.inc()
  }

  #find(fields: Readonly<Record<string, unknown>> | undefined): TransportMatch {
    return this.#entries.find((entry) => covers(fields, entry.match)) ?? this.#fallback
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
