import type {
  Connecting,
  ConnectionUser,
  Connector,
  DialFailure,
  Host,
  ProbeInFlight,
  ProbeResult,
  StreamConnection,
} from '@nuncio/cluster'
import type { HeaderMap, RequestEncoder, ResetReason, ResponseDecoder, ResponseHeaders } from '@nuncio/core'

/** What one check says and how its answer is judged. */
export interface Exchange {
  send(encoder: RequestEncoder): void
  onHeaders(headers: ResponseHeaders): void
  /** Answers whether enough was read to judge without the rest. */
  onData(chunk: Uint8Array): void
  onTrailers(trailers: HeaderMap): void
  /** The answer is complete. */
  judge(): ProbeResult
}

/** Connections for checks over HTTP: one a host, kept open between checks when that is wanted. */
export class StreamProber {
  readonly #connector: Connector
  readonly #reuse: boolean
  readonly #open = new Map<Host, ProbeConnection>()

  constructor(connector: Connector, reuse: boolean) {
    this.#connector = connector
    this.#reuse = reuse
  }

  check(host: Host, target: Host, exchange: Exchange, done: (result: ProbeResult) => void): ProbeInFlight {
    let connection = this.#open.get(host)
    // A check that was given up leaves its connection closed; one that moved has another address.
    if (connection === undefined || !connection.free || connection.address !== target.address) {
      connection?.close()
      connection = new ProbeConnection(target.address)
      this.#open.set(host, connection)
    }
    const check = new Check(exchange, (result) => {
      if (!this.#reuse) this.#drop(host, connection)
      done(result)
    })
    connection.run(check, () => this.#connector.connect(target, undefined, connection))
    return {
      cancel: () => {
        check.cancel()
        this.#drop(host, connection)
      },
    }
  }

  release(host: Host): void {
    this.#open.get(host)?.close()
    this.#open.delete(host)
  }

  #drop(host: Host, connection: ProbeConnection): void {
    connection.close()
    if (this.#open.get(host) === connection) this.#open.delete(host)
  }
}

/** One check on its way. */
class Check implements ResponseDecoder {
  readonly exchange: Exchange
  readonly #done: (result: ProbeResult) => void
  #over = false

  constructor(exchange: Exchange, done: (result: ProbeResult) => void) {
    this.exchange = exchange
    this.#done = done
  }

  cancel(): void {
    this.#over = true
  }
  finish(result: ProbeResult): void {
    if (this.#over) return
    this.#over = true
    this.#done(result)
  }

  onInformational(): void {}
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.#over) return
    this.exchange.onHeaders(headers)
    if (endStream) this.finish(this.exchange.judge())
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    this.exchange.onData(chunk)
    if (endStream) this.finish(this.exchange.judge())
  }
  onTrailers(trailers: HeaderMap): void {
    if (this.#over) return
    this.exchange.onTrailers(trailers)
    this.finish(this.exchange.judge())
  }
  onReset(_reason: ResetReason): void {
    this.finish({ ok: false, type: 'NETWORK' })
  }
  onWritable(): void {}
}

/** A connection that carries one check after another. */
class ProbeConnection implements ConnectionUser {
  readonly address: string
  #connection: StreamConnection | undefined = undefined
  #connecting: Connecting | undefined = undefined
  #check: Check | undefined = undefined
  #closed = false

  constructor(address: string) {
    this.address = address
  }

  /** Whether it can take a check: it is open and idle, or was never opened. */
  get free(): boolean {
    return !this.#closed && this.#connection?.usable === true && this.#check === undefined
  }

  run(check: Check, connect: () => Connecting): void {
    this.#check = check
    if (this.#connection !== undefined) return this.#begin()
    const connecting = connect()
    if (this.#connection === undefined && !this.#closed) this.#connecting = connecting
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#check = undefined
    this.#connecting?.cancel()
    this.#connection?.destroy()
  }

  #begin(): void {
    const check = this.#check
    if (check !== undefined) check.exchange.send(this.#connection!.openStream(check))
  }

  onConnected(connection: StreamConnection): void {
    this.#connection = connection
    this.#connecting = undefined
    if (this.#closed) connection.destroy()
    else this.#begin()
  }
  onConnectFailed(_failure: DialFailure): void {
    this.#fail()
  }
  onStreamEnd(): void {
    this.#check = undefined
  }
  onMaxStreams(): void {}
  onGoodbye(): void {}
  onUsedUp(): void {}
  onProtocolError(): void {}
  onClosed(): void {
    this.#fail()
  }

  #fail(): void {
    const check = this.#check
    this.#closed = true
    this.#check = undefined
    check?.finish({ ok: false, type: 'NETWORK' })
  }
}
