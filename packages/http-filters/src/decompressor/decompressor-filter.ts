import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { type DataVerdict, type FilterStream, type HttpFilter, LocalReply, type Verdict } from '@nuncio/filter-chain'
import type { CompressionLibrary } from '../compression/library.ts'
import { Decompression } from './decompression.ts'
import type { DecompressorSettings, DirectionSettings } from './settings.ts'

const EMPTY = new Uint8Array(0)
const REQUEST_STATUSES = [400, 413] as const
const RESPONSE_STATUSES = [502, 502] as const

/** One stream's decompression, of its request and of its response. */
export class DecompressorFilter implements HttpFilter {
  readonly #settings: DecompressorSettings
  readonly #library: CompressionLibrary
  #request: Decompression | undefined = undefined
  #response: Decompression | undefined = undefined

  constructor(settings: DecompressorSettings, library: CompressionLibrary) {
    this.#settings = settings
    this.#library = library
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    const { advertises, request, response } = this.#settings
    if (advertises && response.isEnabled()) this.#advertise(headers)
    if (!endStream && !stream.upgraded) this.#request = this.#begin(headers, request, REQUEST_STATUSES)
  }

  onRequestData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    const body = this.#request
    if (body === undefined) return
    return endStream ? end(body, chunk, () => stream.addRequestTrailers()) : body.run(chunk, false)
  }

  onRequestTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#request !== undefined)
      return endBeforeTrailers(this.#request, trailers, (rest) => stream.addRequestData(rest))
  }

  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): void {
    if (!endStream && !stream.upgraded)
      this.#response = this.#begin(headers, this.#settings.response, RESPONSE_STATUSES)
  }

  onResponseData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    const body = this.#response
    if (body === undefined) return
    return endStream ? end(body, chunk, () => stream.addResponseTrailers()) : body.run(chunk, false)
  }

  onResponseTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#response !== undefined)
      return endBeforeTrailers(this.#response, trailers, (rest) => stream.addResponseData(rest))
  }

  onComplete(): void {
    this.#request?.close()
    this.#response?.close()
  }

  /** Its own coding comes last, and once: what the client says of it is about responses that it would get. */
  #advertise(headers: RequestHeaders): void {
    const { encoding } = this.#library
    const others = (headers.getJoined('accept-encoding') ?? '')
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== '' && token.split(';', 1)[0]!.trim() !== encoding)
    headers.set('accept-encoding', [...others, encoding].join(','))
  }

  #begin(
    headers: HeaderMap,
    direction: DirectionSettings,
    statuses: readonly [number, number],
  ): Decompression | undefined {
    if (!direction.takes(headers, this.#library.encoding)) {
      direction.notDecompressed.inc()
      return undefined
    }
    direction.decompressed.inc()
    headers.remove('content-length')
    const [, ...inner] = headers.getJoined('content-encoding')!.split(',')
    if (inner.length === 0) headers.remove('content-encoding')
    else headers.set('content-encoding', inner.join(',').trim())
    return new Decompression(this.#library, this.#settings, direction, statuses)
  }
}

async function end(
  body: Decompression,
  chunk: Uint8Array,
  addTrailers: () => HeaderMap,
): Promise<Uint8Array | LocalReply> {
  const out = await body.run(chunk, true)
  if (!(out instanceof LocalReply)) body.report(addTrailers())
  return out
}

async function endBeforeTrailers(
  body: Decompression,
  trailers: HeaderMap,
  add: (rest: Uint8Array) => void,
): Promise<void | LocalReply> {
  const out = await body.run(EMPTY, true)
  if (out instanceof LocalReply) return out
  if (out.length > 0) add(out)
  body.report(trailers)
}
