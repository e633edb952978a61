import { type HeaderMap, latin1Text, type ResetReason, type ResponseEncoder, type ResponseHeaders } from '@nuncio/core'

/** A codec's side of a stream that writes everything down and checks the order of the calls. */
export class RecordingEncoder implements ResponseEncoder {
  status = 0
  headers: (readonly [string, string])[] = []
  informational: number[] = []
  chunks: Uint8Array[] = []
  trailers: (readonly [string, string])[] | undefined = undefined
  resetReason: ResetReason | undefined = undefined
  ended = false
  /** What a broken filter or engine did: calls after the end, headers twice, data before headers. */
  readonly violations: string[] = []
  /** Set: `encodeData` says that the peer is slow. */
  full = false
  disables = 0
  unwritten = 0

  #check(call: string, wantsHeaders: boolean): void {
    if (this.ended) this.violations.push(`${call} after the end`)
    if (this.resetReason !== undefined) this.violations.push(`${call} after a reset`)
    if (wantsHeaders && this.status === 0) this.violations.push(`${call} before headers`)
  }
  encodeInformational(headers: ResponseHeaders): void {
    this.#check('informational', false)
    this.informational.push(headers.status)
  }
  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#check('headers', false)
    if (this.status !== 0) this.violations.push('headers twice')
    this.status = headers.status
    headers.forEach((name, value) => this.headers.push([name, value]))
    this.ended = endStream
  }
  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    this.#check('data', true)
    this.chunks.push(new Uint8Array(chunk))
    this.ended = endStream
    return !this.full
  }
  encodeTrailers(trailers: HeaderMap): void {
    this.#check('trailers', true)
    this.trailers = []
    trailers.forEach((name, value) => this.trailers!.push([name, value]))
    this.ended = true
  }
  reset(reason: ResetReason): void {
    if (this.ended) this.violations.push('reset after the end')
    this.resetReason = reason
  }
  readDisable(disable: boolean): void {
    this.disables += disable ? 1 : -1
    if (this.disables < 0) this.violations.push('readDisable(false) without a disable')
  }

  /** The body as Latin-1 text. */
  get body(): string {
    return this.chunks.map(latin1Text).join('')
  }
}
