import type { RequestHeaders, Span } from '@nuncio/core'
import type { TraceSpan } from './span/trace-span.ts'

/** How the span of a request begins. Lent: it is read during the call only. */
export interface SpanStart {
  readonly headers: RequestHeaders
  /** Monotonic ms. */
  readonly startMs: number
  readonly operation: string
  /** Whether the proxy's own decision is to trace. A parent that is not sampled, or a sampler, may still say no. */
  readonly traced: boolean
  /** Whether requests leave the mesh here: the listener's traffic direction is OUTBOUND. */
  readonly egress: boolean
  /** Whether tries get spans of their own, so that the request's is always the server's half. */
  readonly spawns: boolean
}

/** Begins the spans of requests: one tracing provider. */
export interface Tracer {
  /** `NO_SPAN` when the request's own trace headers make no sense: they go on as they are. */
  start(start: SpanStart): Span
}

/** Takes spans that have ended. Never throws, never waits. */
export interface SpanSink {
  take(span: TraceSpan): void
}
