import type { ResponseHeaders, Span } from '@nuncio/core'

// The shapes of a side call are those of `ClusterClients.fetch` in @nuncio/filter-chain, which this room may not use.

/** A request of the proxy itself: authorization, keys, rate limits. */
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
  /** The body is one message without its frame, and so is the answer. */
  readonly grpc?: boolean
  /** Whether x-envoy-internal and x-forwarded-for tell who asks; true by default. */
  readonly sendInternal?: boolean
  readonly sendXff?: boolean
  /** The span of this call; its maker ends it. */
  readonly span?: Span | undefined
}

export interface SideResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Uint8Array
  /** -1 when the call was not gRPC. */
  readonly grpcStatus: number
  readonly grpcMessage: string
}

export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

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
