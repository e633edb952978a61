import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import type { DataVerdict, FilterStream, HttpFilter, Verdict } from '@nuncio/filter-chain'

/** A filter that does what another one does, once there is one. */
export class DelegatingFilter implements HttpFilter {
  protected delegate: HttpFilter | undefined

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    return this.delegate?.onRequestHeaders?.(headers, stream, endStream)
  }
  onRequestData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    return this.delegate?.onRequestData?.(chunk, stream, endStream)
  }
  onRequestTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    return this.delegate?.onRequestTrailers?.(trailers, stream)
  }
  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): Verdict {
    return this.delegate?.onResponseHeaders?.(headers, stream, endStream)
  }
  onResponseData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    return this.delegate?.onResponseData?.(chunk, stream, endStream)
  }
  onResponseTrailers(trailers: HeaderMap, stream: FilterStream): Verdict {
    return this.delegate?.onResponseTrailers?.(trailers, stream)
  }
  onComplete(stream: FilterStream): void {
    this.delegate?.onComplete?.(stream)
  }
}
