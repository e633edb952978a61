import { envoyMessage, type Message } from '@nuncio/config'
import type { FilterStateValue, HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { type FilterContext, type FilterStream, type HttpFilter, type HttpFilterDefinition, isGrpcContentType } from '@nuncio/filter-chain' // prettier-ignore
import { MessageCounter } from '../grpc/frames.ts'
import type { GrpcMethodStats } from '../grpc/method-stats.ts'
import { grpcStatsHonours } from './honours.ts'
import { MethodStatistics } from './methods.ts'

const TYPE = 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig'
type Config = Message<typeof TYPE>

/** The messages of a call, as logs read them: `%FILTER_STATE(envoy.filters.http.grpc_stats:FIELD:request_message_count)%`. */
class MessageCounts implements FilterStateValue {
  readonly #request: MessageCounter
  readonly #response: MessageCounter

  constructor(request: MessageCounter, response: MessageCounter) {
    this.#request = request
    this.#response = response
  }

  serialize(): string {
    return `${this.#request.count},${this.#response.count}`
  }
  field(name: string): number | undefined {
    if (name === 'request_message_count') return this.#request.count
    return name === 'response_message_count' ? this.#response.count : undefined
  }
}

class GrpcStatsFilter implements HttpFilter {
  readonly #config: Config
  readonly #methods: MethodStatistics
  readonly #context: FilterContext
  readonly #request = new MessageCounter()
  readonly #response = new MessageCounter()
  /** Undefined when the stream is no gRPC call. */
  #stats: GrpcMethodStats | undefined = undefined
  #isCall = false
  #answers = false
  #ended = false
  #startMs = 0

  constructor(config: Config, methods: MethodStatistics, context: FilterContext) {
    this.#config = config
    this.#methods = methods
    this.#context = context
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    if (!isGrpcContentType(headers.get('content-type'))) return
    const { clusterName } = stream
    this.#isCall = true
    this.#startMs = this.#context.time.monotonicMs()
    if (clusterName !== '') this.#stats = this.#methods.of(clusterName, headers.path)
    if (this.#config.emit_filter_state === true)
      (stream.info.filterState ??= new Map()).set(
        'envoy.filters.http.grpc_stats',
        new MessageCounts(this.#request, this.#response),
      )
  }

  onRequestData(chunk: Uint8Array): void {
    if (!this.#isCall) return
    const before = this.#request.count
    this.#request.read(chunk)
    this.#stats?.requestMessages.add(this.#request.count - before)
  }

  onResponseHeaders(headers: ResponseHeaders, _stream: FilterStream, endStream: boolean): void {
    if (!this.#isCall) return
    this.#answers = isGrpcContentType(headers.get('content-type'))
    if (endStream) this.#end(headers)
  }

  onResponseData(chunk: Uint8Array): void {
    if (!this.#answers) return
    const before = this.#response.count
    this.#response.read(chunk)
    this.#stats?.responseMessages.add(this.#response.count - before)
  }

  onResponseTrailers(trailers: HeaderMap): void {
    if (this.#isCall) this.#end(trailers)
  }

  #end(headers: HeaderMap): void {
    if (this.#ended) return
    this.#ended = true
    this.#stats?.charge(headers.get('grpc-status'))
    if (this.#config.enable_upstream_stats === true)
      this.#stats?.upstreamTime.record(this.#context.time.monotonicMs() - this.#startMs)
  }
}

/** `envoy.filters.http.grpc_stats`: counts gRPC calls and messages, by method where that is asked for. */
export const grpcStats: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.grpc_stats',
  config: envoyMessage(TYPE, grpcStatsHonours),
  stability: 'stable',
  create: (config, context) => {
    const methods = new MethodStatistics(config, context.stats.store)
    return () => new GrpcStatsFilter(config, methods, context)
  },
}
