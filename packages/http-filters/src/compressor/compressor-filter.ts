import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type {
  DataVerdict,
  FilterContext,
  FilterStream,
  HttpFilter,
  StreamTransform,
  Verdict,
} from '@nuncio/filter-chain'
import { forbidsTransform } from '../compression/cache-control.ts'
import type { CompressionLibrary } from '../compression/library.ts'
import { type ChainCompressor, CompressorRegistry } from './registry.ts'
import { insertVary, isStrongEtag } from './response-headers.ts'
import type { CompressorSettings, RouteCompressor } from './settings.ts'
import type { DirectionStats } from './stats.ts'

const EMPTY = new Uint8Array(0)

/** Why a response is not compressed, as `x-envoy-compression-status` says it; `''`: it does not say. */
type Obstacle = '' | 'ContentTypeNotAllowed' | 'EtagNotAllowed' | 'StatusCodeNotAllowed'

/** One stream's compression, of its request and of its response. */
export class CompressorFilter implements HttpFilter, ChainCompressor {
  readonly #settings: CompressorSettings
  readonly #context: FilterContext<RouteCompressor>
  #library: CompressionLibrary
  /** Undefined while the request has not been seen. */
  #responseEnabled: boolean | undefined = undefined
  #accept: string | undefined = undefined
  #requestTransform: StreamTransform | undefined = undefined
  #responseTransform: StreamTransform | undefined = undefined

  constructor(settings: CompressorSettings, library: CompressionLibrary, context: FilterContext<RouteCompressor>) {
    this.#settings = settings
    this.#library = library
    this.#context = context
  }

  get encoding(): string {
    return this.#library.encoding
  }
  get chooseFirst(): boolean {
    return this.#settings.chooseFirst
  }
  allowsType(response: ResponseHeaders): boolean {
    return this.#settings.response.allowsType(response)
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    const settings = this.#settings
    const route = this.#context.routeConfig(stream)
    this.#library = route?.library ?? this.#library
    this.#responseEnabled = this.#compresses(route)
    this.#accept = headers.getJoined('accept-encoding')
    if (this.#accept !== undefined) CompressorRegistry.of(stream.info).add(this)
    if (this.#responseEnabled && (route?.removeAcceptEncoding ?? settings.removeAcceptEncoding))
      headers.remove('accept-encoding')
    if (!endStream && !stream.upgraded && this.#takesRequest(headers)) {
      this.#requestTransform = this.#library.make()
      applyTo(headers, this.#library, settings.requestStats)
    } else settings.requestStats.notCompressed.inc()
  }

  onRequestData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): DataVerdict {
    if (this.#requestTransform !== undefined)
      return compressed(this.#requestTransform, chunk, endStream, this.#settings.requestStats)
  }

  onRequestTrailers(_trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#requestTransform === undefined) return
    return compressed(this.#requestTransform, EMPTY, true, this.#settings.requestStats).then((rest) =>
      stream.addRequestData(rest),
    )
  }

  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): void {
    const settings = this.#settings
    const stats = settings.responseStats
    // An answer may come before the request.
    const enabled = this.#responseEnabled ?? this.#compresses(this.#context.routeConfig(stream))
    const longEnough = enabled && settings.response.isLongEnough(headers)
    if (enabled && !longEnough) stats.tooSmall.inc()
    const obstacle = enabled ? this.#obstacle(headers, stream) : ''
    const compressible = longEnough && obstacle === undefined
    // With the status header the client's wishes are looked at, and counted, only when nothing else is in the way.
    const asks = !endStream && (settings.statusHeader ? compressible : longEnough)
    const starts = asks && this.#isAccepted(headers, stream) && compressible
    if (enabled && settings.statusHeader && !endStream && obstacle !== '')
      this.#tell(headers, longEnough ? obstacle : 'ContentLengthTooSmall', starts)
    if (compressible) insertVary(headers)
    if (!starts) {
      stats.notCompressed.inc()
      return
    }
    this.#responseTransform = this.#library.make()
    if (isStrongEtag(headers)) headers.remove('etag')
    applyTo(headers, this.#library, stats)
  }

  onResponseData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): DataVerdict {
    if (this.#responseTransform !== undefined)
      return compressed(this.#responseTransform, chunk, endStream, this.#settings.responseStats)
  }

  onResponseTrailers(_trailers: HeaderMap, stream: FilterStream): Verdict {
    if (this.#responseTransform === undefined) return
    return compressed(this.#responseTransform, EMPTY, true, this.#settings.responseStats).then((rest) =>
      stream.addResponseData(rest),
    )
  }

  onComplete(): void {
    this.#requestTransform?.close()
    this.#responseTransform?.close()
  }

  #compresses(route: RouteCompressor | undefined): boolean {
    return route?.enabled ?? this.#settings.response.isEnabled()
  }

  #takesRequest(headers: RequestHeaders): boolean {
    const { request, requestStats } = this.#settings
    if (!request.isEnabled()) return false
    if (!request.isLongEnough(headers)) {
      requestStats.tooSmall.inc()
      return false
    }
    return request.allowsType(headers) && !headers.has('content-encoding')
  }

  #obstacle(headers: ResponseHeaders, stream: FilterStream): Obstacle | undefined {
    const settings = this.#settings
    if (stream.upgraded || forbidsTransform(headers) || headers.has('content-encoding')) return ''
    if (!settings.response.allowsType(headers)) return 'ContentTypeNotAllowed'
    if (settings.disableOnEtag && headers.has('etag')) {
      settings.responseStats.etag.inc()
      return 'EtagNotAllowed'
    }
    return settings.uncompressibleCodes.has(headers.status) ? 'StatusCodeNotAllowed' : undefined
  }

  #isAccepted(headers: ResponseHeaders, stream: FilterStream): boolean {
    const stats = this.#settings.responseStats
    if (this.#accept === undefined) {
      stats.noAcceptHeader.inc()
      return false
    }
    const choice = CompressorRegistry.of(stream.info).choose(this.#accept, headers)
    const chosen = choice.encoding === this.#library.encoding
    if (choice.by === 'name') (chosen ? stats.used : stats.overshadowed).inc()
    else if (choice.by === 'wildcard') stats.wildcard.inc()
    else if (choice.by === 'identity') stats.identity.inc()
    else stats.notValid.inc()
    return chosen
  }

  #tell(headers: ResponseHeaders, reason: string | undefined, starts: boolean): void {
    if (reason === undefined && !starts) return
    const before = headers.getJoined('x-envoy-compression-status')
    const status = reason ?? `Compressed;OriginalLength=${headers.get('content-length') ?? ''}`
    const own = `${this.#library.encoding};${status}`
    headers.set('x-envoy-compression-status', before === undefined ? own : `${before},${own}`)
  }
}

function applyTo(headers: HeaderMap, library: CompressionLibrary, stats: DirectionStats): void {
  headers.remove('content-length')
  headers.set('content-encoding', library.encoding)
  stats.compressed.inc()
}

/** Every chunk is flushed: an event of a stream is not to wait for the next one. */
async function compressed(
  transform: StreamTransform,
  chunk: Uint8Array,
  end: boolean,
  stats: DirectionStats,
): Promise<Uint8Array> {
  stats.uncompressedBytes.add(chunk.length)
  const out = await transform.transform(chunk, end ? 'end' : 'flush')
  stats.compressedBytes.add(out.length)
  return out
}
