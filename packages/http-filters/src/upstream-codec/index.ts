import { envoyMessage } from '@nuncio/config'
import type { HeaderMap, RequestHeaders } from '@nuncio/core'
import type { FilterStream, HttpFilterDefinition, TerminalFilter, UpstreamStream } from '@nuncio/filter-chain'
import { upstreamCodecHonours } from './honours.ts'

/** Hands the request to the connection; the response comes by itself. */
class UpstreamCodec implements TerminalFilter {
  #stream: UpstreamStream | undefined = undefined

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    this.#stream = stream as UpstreamStream
    this.#stream.sendHeaders(headers, endStream)
  }
  onRequestData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): void {
    this.#stream!.sendData(chunk, endStream)
  }
  onRequestTrailers(trailers: HeaderMap): void {
    this.#stream!.sendTrailers(trailers)
  }
  onDownstreamWritable(): void {
    this.#stream?.resumeResponse()
  }
  /** Whoever made the try lets go of the connection. */
  abandon(): void {}
}

/** `envoy.filters.http.upstream_codec`: the last filter of every chain that runs on the tries of a request. */
export const upstreamCodec: HttpFilterDefinition = {
  name: 'envoy.filters.http.upstream_codec',
  config: envoyMessage('envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec', upstreamCodecHonours),
  stability: 'stable',
  terminal: true,
  upstream: 'only',
  create: () => () => new UpstreamCodec(),
}
