import type { DialFailure, TransportOptions } from '@nuncio/cluster'
import type { KeepAlive, Timer, TimeSource, TlsInfo } from '@nuncio/core'
import type { Socket } from 'node:net'
import type { DialTarget, UpstreamTransport } from '../transport.ts'
import type { DialAddress } from './address-order.ts'
import type { SocketReader } from './socket-reader.ts'
import { Attempt } from './attempt.ts'
import type { InternalDialler } from './internal.ts'
import type { LocalBinding } from './bind.ts'

/** How a cluster connects, the same for all of its hosts. */
export interface DialSettings {
  readonly time: TimeSource
  readonly binding: LocalBinding | undefined
  readonly keepAlive: KeepAlive | undefined
  /** The way to internal listeners. */
  readonly internal?: InternalDialler | undefined
  /** A source address could not be bound. */
  readonly onBindError: () => void
}

export interface DialRequest {
  /** Tried in order; each has `STAGGER_MS` before the next is tried beside it. */
  readonly addresses: readonly DialAddress[]
  /** The host, as TLS and proxies know it. */
  readonly target: DialTarget
  readonly transport: UpstreamTransport
  readonly options: TransportOptions | undefined
  /** ALPN to offer when the configuration names none. */
  readonly protocols: readonly string[]
  /** The user takes bytes from a `SocketReader`, where there can be one. */
  readonly rawReads?: boolean
}

export interface DialEvents {
  /** The connection is there, handshake and all. Take the socket over before returning. */
  onDialled(socket: Socket, tls: TlsInfo | undefined, address: DialAddress, reader: SocketReader | undefined): void
  onDialFailed(failure: DialFailure): void
}

/** How long an address is waited for before the next one is tried too (RFC 8305 5; Envoy's figure). */
const STAGGER_MS = 300

/** Connects to a host over the first of its addresses that answers ("happy eyeballs"). Tells exactly one outcome. */
export class Dial {
  readonly #settings: DialSettings
  readonly #request: DialRequest
  readonly #events: DialEvents
  readonly #attempts = new Set<Attempt>()
  #next = 0
  #timer: Timer | undefined = undefined
  #over = false

  constructor(settings: DialSettings, request: DialRequest, events: DialEvents) {
    this.#settings = settings
    this.#request = request
    this.#events = events
  }

  start(): void {
    const address = this.#request.addresses[this.#next++]
    if (address === undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#next < this.#request.addresses.length)
      this.#timer = this.#settings.time.setTimer(STAGGER_MS, () => this.start())
    const attempt = new Attempt(this.#settings, this.#request, address)
    this.#attempts.add(attempt)
    attempt.start({
      onReady: (socket, tls, reader) => {
        this.#attempts.delete(attempt)
        this.cancel()
        this.#events.onDialled(socket, tls, address, reader)
      },
      onFailed: ({ side, details, bind }) => {
        this.#attempts.delete(attempt)
        if (bind === true) this.#settings.onBindError()
        if (this.#over) return
        if (this.#next < this.#request.addresses.length) return this.start()
        if (this.#attempts.size > 0) return
        this.cancel()
        this.#events.onDialFailed({ side, details })
      },
    })
  }

  /** Gives up; nothing is told any more. */
  cancel(): void {
    this.#over = true
    this.#timer?.cancel()
    this.#timer = undefined
    for (const attempt of this.#attempts) attempt.cancel()
    this.#attempts.clear()
  }
}
