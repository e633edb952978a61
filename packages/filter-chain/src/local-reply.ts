import type { ResponseHeaders } from '@nuncio/core'

/** An answer that the proxy makes itself. Make one with `localReply`. */
export class LocalReply {
  readonly status: number
  readonly body: string | Uint8Array
  readonly headers: readonly (readonly [string, string])[]
  /** Response code details, such as `rbac_access_denied_matched_policy[none]`. */
  readonly details: string
  /** Bits of `Flag`, 0 = none. */
  readonly flags: number
  /** gRPC status for gRPC requests; -1 = from the HTTP status. */
  readonly grpcStatus: number
  /** What the body is, unless headers of this reply or of its route say so. */
  readonly contentType: string
  /** Changes the headers of the answer once those of its route and of this reply are there; undefined: nothing is changed. */
  readonly change: ((headers: ResponseHeaders) => void) | undefined

  constructor(status: number, details: string, options: LocalReplyOptions = {}) {
    this.status = status
    this.details = details
    this.body = options.body ?? ''
    this.headers = options.headers ?? []
    this.flags = options.flags ?? 0
    this.grpcStatus = options.grpcStatus ?? -1
    this.contentType = options.contentType ?? 'text/plain'
    this.change = options.change
  }

  /** The same with one header more. */
  with(header: readonly [string, string]): LocalReply {
    const { body, flags, grpcStatus, contentType, change } = this
    const headers = [...this.headers, header]
    return new LocalReply(this.status, this.details, { body, flags, grpcStatus, contentType, change, headers })
  }
}

/** What a local reply may have besides its status and details. */
export interface LocalReplyOptions {
  readonly body?: string | Uint8Array
  readonly headers?: readonly (readonly [string, string])[]
  readonly flags?: number
  readonly grpcStatus?: number
  /** Default `text/plain`. */
  readonly contentType?: string
  /** After `headers` and those of the route: what they are changed to. */
  readonly change?: ((headers: ResponseHeaders) => void) | undefined
}

/** `localReply(403, 'csrf_origin_mismatch', { body: 'Invalid origin' })` */
export function localReply(status: number, details: string, options?: LocalReplyOptions): LocalReply {
  return new LocalReply(status, details, options)
}

/** What the answer is when a filter wants to read more of a response than may be kept; counted as `rs_too_large`. */
export const RESPONSE_TOO_LARGE = localReply(500, 'response_payload_too_large', { body: 'Internal Server Error' })
