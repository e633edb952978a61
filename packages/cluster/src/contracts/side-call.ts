import type { ResponseHeaders, Span } from '@nuncio/core'

/** A request of the proxy itself to a cluster: authorization, keys, rate limits. */
export interface SideRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly scheme?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Uint8Array | undefined
  /** 0 = without limit. */
  readonly timeoutMs: number
  /** Bytes of body; 1 MiB when left out. */
  readonly maxResponseBytes?: number
  readonly signal?: AbortSignalLike
  /** gRPC: HTTP/2, `te: trailers`, the body is one message without its frame, and so is the answer. */
  readonly grpc?: boolean
  /** Whether the service is told by x-envoy-internal and x-forwarded-for who asks; true by default. */
  readonly sendInternal?: boolean
  readonly sendXff?: boolean
  /**
   * The span of this call: the service is told of it, and it is told what became of the call. Whoever made it, with
   * `stream.span.child(name)`, ends it.
   */
  readonly span?: Span | undefined
}

/** The whole answer to a side call. */
export interface SideResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Uint8Array
  /** gRPC status; -1 when the call was not gRPC. */
  readonly grpcStatus: number
  readonly grpcMessage: string
}

/** What a pure room knows of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Why a side call has no response. */
export type SideCallFailure =
  | 'no-cluster'
  | 'no-host'
  | 'overflow'
  | 'connect'
  | 'reset'
  | 'timeout'
  | 'too-large'
  | 'aborted'
  | 'closed'

/** Why a side call has no answer. */
export class SideCallError extends Error {
  readonly code = 'ERR_NUNCIO_SIDE_CALL'
  readonly failure: SideCallFailure
  readonly cluster: string

  constructor(failure: SideCallFailure, cluster: string, message: string) {
    super(message)
    this.name = 'SideCallError'
    this.failure = failure
    this.cluster = cluster
  }
}
