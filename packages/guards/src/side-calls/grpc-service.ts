import type { FormatContext, Formatter } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { latin1Text } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { formatGrpcTimeout, formatOf, type RouteTableOptions } from '@nuncio/router'
import { type Asker, type CallParts, sideCall } from './caller.ts'
import { compileSideRetry, type SideRetryPolicy } from './retry-policy.ts'

type Config = Message<'envoy.config.core.v3.GrpcService'>

/** What a gRPC service needs to be compiled and called. */
export interface GrpcServiceParts extends CallParts {
  readonly format: RouteTableOptions
}

const FRAME_BYTES = 5

interface Metadata {
  readonly name: string
  readonly value: Formatter | string
}

/** A gRPC service as a configuration names it: unary calls over a cluster. */
export class GrpcServiceClient {
  readonly cluster: string
  /** For all tries of a call; 0 = without limit. */
  readonly timeoutMs: number
  readonly #authority: string
  readonly #namesSelf: boolean
  readonly #maxResponseBytes: number | undefined
  readonly #metadata: readonly Metadata[]
  readonly #retry: SideRetryPolicy | undefined
  readonly #parts: CallParts

  /**
   * Reports at `place` (that of the message) what cannot be done: a service that is none, or `google_grpc`. Which of
   * the time limits of a configuration counts is for the caller to say.
   */
  constructor(config: Config | undefined, place: ConfigPlace, parts: GrpcServiceParts, timeoutMs: number) {
    const envoy = config?.envoy_grpc
    if (config?.google_grpc !== undefined) {
      const hint = 'name a cluster in envoy_grpc'
      place.at('google_grpc', config.google_grpc).error('unsupported', 'there is no second gRPC client', hint)
    } else if ((envoy?.cluster_name ?? '') === '')
      place.error('missing-field', 'a gRPC service needs envoy_grpc with a cluster_name')
    this.cluster = envoy?.cluster_name ?? ''
    this.timeoutMs = timeoutMs
    this.#authority = (envoy?.authority ?? '') === '' ? this.cluster : envoy!.authority!
    this.#namesSelf = envoy?.skip_envoy_headers !== true
    this.#maxResponseBytes = envoy?.max_receive_message_length
    this.#retry =
      compileSideRetry(config?.retry_policy, place.at('retry_policy', config?.retry_policy), '') ??
      compileSideRetry(envoy?.retry_policy, place.at('envoy_grpc', envoy).at('retry_policy', envoy?.retry_policy), '')
    this.#metadata = (config?.initial_metadata ?? []).flatMap((header, i) =>
      compileMetadata(header, place.item('initial_metadata', i, header), parts.format),
    )
    this.#parts = parts
  }

  /**
   * Calls `/package.Service/Method` with one message; settles as `ClusterClients.fetch` does. `context` is what the
   * values of `initial_metadata` are formatted with, `asker.span` the call's own.
   */
  call(path: string, message: Uint8Array, context: FormatContext, { signal, span }: Asker): Promise<SideResponse> {
    const headers: [string, string][] = []
    if (this.timeoutMs > 0) headers.push(['grpc-timeout', formatGrpcTimeout(this.timeoutMs)])
    for (const { name, value } of this.#metadata) {
      const text = typeof value === 'string' ? value : (value.isLiteral ?? value.format(context))
      if (text !== '') headers.push([name, text])
    }
    const request = {
      method: 'POST',
      path,
      authority: this.#authority,
      headers,
      body: message,
      timeoutMs: this.timeoutMs,
      grpc: true,
      sendInternal: this.#namesSelf,
      sendXff: this.#namesSelf,
      span,
      ...(signal !== undefined && { signal }),
      ...(this.#maxResponseBytes !== undefined && { maxResponseBytes: this.#maxResponseBytes + FRAME_BYTES }),
    }
    return sideCall(this.#parts, this.cluster, request, this.#retry)
  }
}

function compileMetadata(
  header: Message<'envoy.config.core.v3.HeaderValue'>,
  place: ConfigPlace,
  options: RouteTableOptions,
): Metadata[] {
  const name = (header.key ?? '').toLowerCase()
  if (header.raw_value !== undefined) return [{ name, value: latin1Text(header.raw_value) }]
  const value = formatOf(header.value ?? '', place.at('value'), options)
  return value === undefined ? [] : [{ name, value }]
}
