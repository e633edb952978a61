import type {
  HeaderMap,
  RequestEncoder,
  RequestHeaders,
  ResetReason,
  ResponseDecoder,
  ResponseHeaders,
} from '@nuncio/core'
import { isBodiless } from '../http1/framing.ts'
import type { Http2ClientConnection } from './client-connection.ts'
import { Http2Stream } from './connection/stream.ts'
import { codeOfCancel } from './reset-codes.ts'

/** 1xx responses before the final one. */
const MAX_INFORMATIONAL = 32

/** One request on a client connection: the encoder of the request. It has no number before its head is sent. */
export class Http2ClientStream extends Http2Stream implements RequestEncoder {
  declare readonly connection: Http2ClientConnection
  readonly decoder: ResponseDecoder
  /** @internal Whether the final head has come. */
  answered = false
  /** @internal A plain CONNECT. */
  connect = false
  #informational = 0
  #headRequest = false
  /** The HTTP/1 upgrade that this is in the form of HTTP/2 (RFC 8441); '' = none. */
  #upgrade = ''

  constructor(connection: Http2ClientConnection, decoder: ResponseDecoder) {
    super(connection, 0)
    this.decoder = decoder
  }

  protected override get receiver(): ResponseDecoder {
    return this.decoder
  }

  encodeHeaders(headers: RequestHeaders, endStream: boolean): void {
    if (this.over || this.id > 0) return
    this.connect = headers.method === 'CONNECT' && headers.protocol === ''
    this.#headRequest = headers.method === 'HEAD'
    this.#upgrade = headers.protocol
    if (!this.connection.begin(this)) return
    this.connection.sendHead(this, headers, endStream)
    if (endStream) this.closeLocal()
  }

  override encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    return this.id === 0 || super.encodeData(chunk, endStream)
  }

  override encodeTrailers(trailers: HeaderMap): void {
    if (this.id > 0) super.encodeTrailers(trailers)
  }

  /** @internal A 1xx; false: there are too many. */
  informational(headers: ResponseHeaders): boolean {
    if (++this.#informational > MAX_INFORMATIONAL) return false
    if (!this.over) this.decoder.onInformational(headers)
    return true
  }

  /** @internal The final head; `length`: what it says of the body, -1 for nothing. */
  final(headers: ResponseHeaders, endStream: boolean, length: number): void {
    this.answered = true
    const bodiless = isBodiless(headers.status, this.#headRequest)
    if (endStream && !bodiless && length > 0) return this.fail('http2.content_length_mismatch')
    this.bodyLeft = bodiless ? 0 : length
    if (endStream) this.receivedAll()
    if (this.over) return this.progressed()
    if (this.#upgrade !== '' && headers.status === 200) asUpgraded(headers, this.#upgrade)
    this.decoder.onHeaders(headers, endStream)
    if (endStream) this.progressed()
  }

  override tellReset(reason: ResetReason, details: string): void {
    // Who has the whole answer has nothing to lose any more.
    if (this.remoteDone) this.over = true
    // What a host did wrong is told by the reason; the details are those of a socket.
    else super.tellReset(reason, details.startsWith('http2.') ? '' : details)
  }

  protected override codeOf(reason: ResetReason): number {
    return codeOfCancel(reason)
  }

  override connectionEnded(reason: ResetReason, details: string): void {
    // An answer that is here as a whole is read to its end.
    if (this.remoteClosed) this.stopSending()
    else super.connectionEnded(reason, details)
  }

  override progressed(): void {
    if (!this.remoteDone || !this.localDone) return
    this.over = true
    // What is left of a request that was answered already would wait for a window that may never come.
    this.connection.finishStream(this, !this.localClosed)
  }
}

/** The answer to an upgrade as HTTP/1 has it. */
function asUpgraded(headers: ResponseHeaders, protocol: string): void {
  headers.status = 101
  headers.set('connection', 'upgrade')
  headers.set('upgrade', protocol)
}
