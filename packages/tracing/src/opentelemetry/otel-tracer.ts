import { type HeaderMap, NO_SPAN, type RandomGenerator, type Span, type TimeSource } from '@nuncio/core'
import type { SpanSink, SpanStart, Tracer } from '../contracts.ts'
import { extractW3c, injectW3c } from '../propagation/w3c.ts'
import type { Sampler } from '../sampling/samplers.ts'
import { randomId128, randomId64 } from '../span/ids.ts'
import { type SpanOwner, TraceSpan } from '../span/trace-span.ts'

/** What a tracer of OpenTelemetry is made of. */
export interface OtelTracerParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  /** Undefined: a parent's decision stands, and what has no parent is sampled. */
  readonly sampler: Sampler | undefined
  readonly sink: SpanSink
}

/** Spans as OpenTelemetry has them, propagated by W3C Trace Context; the baggage is the `tracestate`. */
export class OtelTracer implements Tracer, SpanOwner {
  readonly time: TimeSource
  readonly #random: RandomGenerator
  readonly #sampler: Sampler | undefined
  readonly #sink: SpanSink

  constructor(parts: OtelTracerParts) {
    this.time = parts.time
    this.#random = parts.random
    this.#sampler = parts.sampler
    this.#sink = parts.sink
  }

  start({ headers, startMs, operation, traced, egress, spawns }: SpanStart): Span {
    const parent = extractW3c(headers)
    if (parent === 'bad') return NO_SPAN
    const traceId = parent?.traceId ?? randomId128(this.#random)
    const sampled = traced && (this.#sampler === undefined ? (parent?.sampled ?? true) : this.#sampler(traceId, parent))
    const id = {
      traceId,
      spanId: this.newSpanId(),
      parentId: parent?.spanId ?? '',
      remoteParent: parent !== undefined,
      baggage: parent?.baggage ?? '',
    }
    const kind = egress && !spawns ? 'client' : 'server'
    return new TraceSpan(this, id, { kind, operation, sampled, startMs })
  }

  newSpanId(): string {
    return randomId64(this.#random)
  }

  inject({ id, sampled }: TraceSpan, headers: HeaderMap): void {
    injectW3c(id.traceId, id.spanId, sampled, headers)
    // What came without a traceparent belongs to no trace.
    if (id.baggage === '') headers.remove('tracestate')
    else headers.set('tracestate', id.baggage)
  }

  report(span: TraceSpan): void {
    this.#sink.take(span)
  }
}
