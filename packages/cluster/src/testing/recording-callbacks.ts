import { type HeaderMap, latin1Text, type RequestEncoder, type ResetReason, type ResponseHeaders } from '@nuncio/core'
import type { PoolFailure, UpstreamCallbacks, UpstreamConnection } from '../contracts/cluster.ts'
import type { Host } from '../contracts/host.ts'

/** The user of a pool, writing down what it is told, one line each. */
export class RecordingCallbacks implements UpstreamCallbacks {
  readonly lines: string[] = []
  encoder: RequestEncoder | undefined = undefined
  connection: UpstreamConnection | undefined = undefined
  host: Host | undefined = undefined
  headers: ResponseHeaders | undefined = undefined
  trailers: HeaderMap | undefined = undefined
  body = ''
  /** Called with each new line. */
  onLine: ((line: string) => void) | undefined = undefined
  /** Called when the stream is there. */
  onReady: ((encoder: RequestEncoder) => void) | undefined = undefined
  readonly #waiting: (() => void)[] = []

  onPoolReady(encoder: RequestEncoder, host: Host, connection: UpstreamConnection): void {
    this.encoder = encoder
    this.host = host
    this.connection = connection
    this.#say('ready')
    this.onReady?.(encoder)
  }
  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void {
    this.host = host
    this.#say(details === '' ? `failed ${reason}` : `failed ${reason}: ${details}`)
  }
  onInformational(headers: ResponseHeaders): void {
    this.#say(`informational ${headers.status}`)
  }
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.headers = headers
    this.#say(`headers ${headers.status}${endStream ? ' end' : ''}`)
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    this.body += latin1Text(chunk)
    if (endStream) this.#say('end')
  }
  onTrailers(trailers: HeaderMap): void {
    this.trailers = trailers
    this.#say('trailers')
  }
  onReset(reason: ResetReason, details: string): void {
    this.#say(details === '' ? `reset ${reason}` : `reset ${reason}: ${details}`)
  }
  onWritable(): void {
    this.#say('writable')
  }

  /** Settles when a line that begins like this is there. */
  async until(begin: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(begin))
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #say(line: string): void {
    this.lines.push(line)
    this.onLine?.(line)
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
