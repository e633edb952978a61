import type { HeaderMap, RequestDecoder, ResetReason, ResponseEncoder, ResponseHeaders } from '@nuncio/core'
import { NO_BYTES } from '../http1/bytes.ts'
import { isBodiless } from '../http1/framing.ts'
import { Http2Stream } from './connection/stream.ts'
import { codeOfReset } from './reset-codes.ts'
import type { Http2ServerConnection } from './server-connection.ts'

/** One request and its answer on a server connection: the encoder of the answer. */
export class Http2ServerStream extends Http2Stream implements ResponseEncoder {
  declare readonly connection: Http2ServerConnection
  readonly startMs: number
  readonly http10 = false
  /** Who receives the request. */
  decoder: RequestDecoder | undefined = undefined
  headersSent = false
  readonly #head: boolean
  /** The body is left out: HEAD, 204, 304. */
  #mute = false

  constructor(connection: Http2ServerConnection, id: number, method: string, startMs: number) {
    super(connection, id)
    this.#head = method === 'HEAD'
    this.startMs = startMs
  }

  /** @internal The request's head is all of it, or a body of so many bytes follows (-1: of any length). */
  expect(endStream: boolean, length: number): void {
    if (endStream) this.receivedAll()
    else this.bodyLeft = length
  }

  protected override get receiver(): RequestDecoder | undefined {
    return this.decoder
  }

  encodeInformational(headers: ResponseHeaders): void {
    const { status } = headers
    if (this.over || this.headersSent || status < 100 || status > 199 || status === 101) return
    this.connection.sendHead(this, headers, false)
  }

  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.over || this.headersSent) return
    const { status } = headers
    if (status < 200 && status !== 101) return this.encodeInformational(headers)
    // Even without a body it is its user who ends it, and who hears until then that the client is gone.
    this.#mute = status !== 101 && isBodiless(status, this.#head)
    this.headersSent = true
    this.connection.sendHead(this, headers, endStream)
    this.connection.answered()
    if (endStream) this.closeLocal()
  }

  override encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (!this.headersSent) return true
    if (!this.#mute) return super.encodeData(chunk, endStream)
    return !endStream || super.encodeData(NO_BYTES, true)
  }

  override encodeTrailers(trailers: HeaderMap): void {
    if (!this.headersSent) return
    if (this.#mute) super.encodeData(NO_BYTES, true)
    else super.encodeTrailers(trailers)
  }

  override tellReset(reason: ResetReason, details: string): void {
    // Whatever the socket said, its user has a word of its own for a client that is gone.
    super.tellReset(reason, reason === 'connection termination' ? '' : details)
  }

  protected override codeOf(reason: ResetReason): number {
    return codeOfReset(reason)
  }

  protected override localEnds(): void {
    super.localEnds()
    // What is here of the request, or still comes, is thrown away.
    this.over = true
    this.dropReceived()
  }

  override progressed(): void {
    if (this.localClosed) this.connection.finishStream(this, !this.remoteClosed)
  }
}
