import { encode, type Message } from '@nuncio/config'
import { responseHeaders } from '@nuncio/core'
import type { ClusterClients, SideRequest, SideResponse } from '@nuncio/filter-chain'

/** What a service of a test answers: a message, bytes, a gRPC status, nothing until the caller gives up, or a failure. */
export type SideAnswer<T> = T | Uint8Array | { readonly grpcStatus: number } | 'silence' | Error

/** A gRPC service in the place of side calls, and all that it was asked. */
export class SideService<
  T extends 'envoy.service.auth.v3.CheckResponse' | 'envoy.service.ratelimit.v3.RateLimitResponse',
> {
  readonly asked: SideRequest[] = []
  /** Calls that were given up. */
  aborted = 0
  readonly #type: T
  readonly #answer: SideAnswer<Message<T>>

  constructor(type: T, answer: SideAnswer<Message<T>>) {
    this.#type = type
    this.#answer = answer
  }

  readonly fetch: ClusterClients['fetch'] = async (_, request) => {
    this.asked.push(request)
    const answer = this.#answer
    if (answer instanceof Error) throw answer
    if (answer === 'silence') return await this.#silence(request)
    if (answer instanceof Uint8Array) return response(answer, 0)
    if ('grpcStatus' in answer) return response(new Uint8Array(), answer.grpcStatus)
    return await Promise.resolve(response(encode(this.#type, answer as never), 0))
  }

  #silence({ signal }: SideRequest): Promise<SideResponse> {
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        this.aborted++
        reject(new Error('aborted'))
      })
    })
  }
}

function response(body: Uint8Array, grpcStatus: number): SideResponse {
  return { status: 200, headers: responseHeaders(200, []), body, grpcStatus, grpcMessage: '' }
}
