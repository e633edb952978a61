import type { FormatContext, FormatEnvironment } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { NO_SPAN, type RequestHeaders, type Span } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { SpanStart, Tracer } from '../contracts.ts'
import { decideReason, type DecisionWorld, type RequestIdRules, type TraceShares } from '../sampling/decide-reason.ts'
import { managerShares } from '../sampling/shares.ts'
import { compileCustomTags, type CustomTags } from '../tags/custom-tags.ts'
import { tagOutcome, tagRequest, tagTry } from '../tags/standard-tags.ts'
import { logEvents } from '../tags/stream-events.ts'
import { type Operation, operationOf, type RouteTracing } from './route-tracing.ts'
import { StreamTrace } from './stream-trace.ts'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing'>

const MAX_PATH_TAG_LENGTH = 256

/** What the tracing of one connection manager is made of. */
export interface HttpTracingParts extends DecisionWorld {
  /** Undefined: there is no provider; requests are decided about all the same. */
  readonly tracer: Tracer | undefined
  /** The listener's traffic direction is OUTBOUND. */
  readonly egress: boolean
  readonly requestIds: RequestIdRules
  readonly environment: FormatEnvironment | undefined
  /** Said on each request's span; '' as it is. */
  readonly node: { readonly id: string; readonly zone: string }
}

/** The tracing of one connection manager: which requests, how their spans are called, and what is said on them. */
export class HttpTracing {
  /** Whether each try of a request has a span of its own. */
  readonly spawnsUpstream: boolean
  /** Whether upstreams are told of the trace. */
  readonly propagates: boolean
  readonly egress: boolean
  readonly #parts: HttpTracingParts
  readonly #shares: TraceShares
  readonly #tags: CustomTags | undefined
  readonly #operation: Operation | undefined
  readonly #upstreamOperation: Operation | undefined
  readonly #verbose: boolean
  readonly #maxPathLength: number
  /** Scratch: filled and read at once. */
  readonly #start: { -readonly [K in keyof SpanStart]: SpanStart[K] }

  constructor(config: Config, place: ConfigPlace, parts: HttpTracingParts) {
    const { environment, egress } = parts
    this.#parts = parts
    this.egress = egress
    this.spawnsUpstream = config.spawn_upstream_span ?? false
    this.propagates = config.no_context_propagation !== true
    this.#shares = managerShares(config)
    this.#tags = compileCustomTags(config.custom_tags, place, environment)
    this.#operation = operationOf(config.operation, place.at('operation'), environment)
    this.#upstreamOperation = operationOf(config.upstream_operation, place.at('upstream_operation'), environment)
    this.#verbose = config.verbose ?? false
    this.#maxPathLength = config.max_path_tag_length ?? MAX_PATH_TAG_LENGTH
    const start = { headers: undefined as unknown as RequestHeaders, startMs: 0, operation: '', traced: false }
    this.#start = { ...start, egress, spawns: this.spawnsUpstream }
  }

  /** Decides about a request and begins its span. Its `x-request-id` may carry the decision afterwards. */
  begin(headers: RequestHeaders, startMs: number, route: RouteTracing | undefined): StreamTrace {
    const { tracer, requestIds, node } = this.#parts
    const reason = decideReason(headers, route?.shares ?? this.#shares, requestIds, this.#parts)
    const start = this.#start
    start.headers = headers
    start.startMs = startMs
    start.traced = reason !== 'not-traceable'
    start.operation = this.egress ? `egress ${headers.authority}` : 'ingress'
    const span = tracer === undefined ? NO_SPAN : tracer.start(start)
    span.setAttribute('node_id', node.id)
    span.setAttribute('zone', node.zone)
    const trace = new StreamTrace(this, span, reason)
    // A name that is made in the end takes the place of all others.
    if (route?.operation === undefined && this.#operation === undefined) trace.decorate(headers, route?.decorator)
    return trace
  }

  /** Says on a request's span what became of it, and ends it. */
  finish(span: Span, context: FormatContext, route: RouteTracing | undefined, grpc: boolean): void {
    if (span.recording) {
      tagRequest(span, context, grpc, this.#maxPathLength)
      tagOutcome(span, context)
      span.setAttribute('nuncio.fate', context.info.fate ?? '')
      if (this.#verbose) logEvents(span, context.info, 'all')
      this.#personalize(span, context, route, route?.operation ?? this.#operation)
    }
    span.end()
  }

  /** As `finish`, for the span of one try; `context.info` is of that try alone. */
  finishTry(span: Span, context: FormatContext, route: RouteTracing | undefined): void {
    if (span.recording) {
      tagTry(span, context.info)
      tagOutcome(span, context)
      if (this.#verbose) logEvents(span, context.info, 'upstream')
      this.#personalize(span, context, route, route?.upstreamOperation ?? this.#upstreamOperation)
    }
    span.end()
  }

  #personalize(
    span: Span,
    context: FormatContext,
    route: RouteTracing | undefined,
    operation: Operation | undefined,
  ): void {
    this.#tags?.apply(span, context, route?.tags)
    route?.tags?.apply(span, context, undefined)
    if (operation === undefined) return
    const name = operation(context)
    if (name !== '') span.setOperation(name)
  }
}
