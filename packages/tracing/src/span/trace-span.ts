import type { AttributeValue, HeaderMap, Span, TimeSource } from '@nuncio/core'

/** Where a span stands in its trace. */
export interface SpanIdentity {
  readonly traceId: string
  readonly spanId: string
  /** '' at the top of a trace. */
  readonly parentId: string
  /** Whether the parent is another process's. */
  readonly remoteParent: boolean
  /** What the propagation format hands on beside the ids, in its own terms; '' = nothing. */
  readonly baggage: string
  /** An id that the span shares with the client's half of the same call (Zipkin). */
  readonly shared?: boolean
}

export type SpanKind = 'server' | 'client'

export interface SpanEvent {
  readonly name: string
  /** Monotonic ms. */
  readonly atMs: number
}

/** What spans of one tracing provider have in common. */
export interface SpanOwner {
  readonly time: TimeSource
  newSpanId(): string
  inject(span: TraceSpan, headers: HeaderMap): void
  /** A sampled span has ended. */
  report(span: TraceSpan): void
}

/** A span as it is propagated and, when it is sampled, reported. */
export class TraceSpan implements Span {
  readonly owner: SpanOwner
  readonly id: SpanIdentity
  readonly kind: SpanKind
  operation: string
  sampled: boolean
  /** Monotonic ms. */
  readonly startMs: number
  endMs = -1
  /** In the order in which they were first set; undefined = none. */
  attributes: Map<string, AttributeValue> | undefined = undefined
  events: SpanEvent[] | undefined = undefined

  constructor(
    owner: SpanOwner,
    id: SpanIdentity,
    start: { readonly kind: SpanKind; readonly operation: string; readonly sampled: boolean; readonly startMs: number },
  ) {
    this.owner = owner
    this.id = id
    this.kind = start.kind
    this.operation = start.operation
    this.sampled = start.sampled
    this.startMs = start.startMs
  }

  get recording(): boolean {
    return this.sampled && this.endMs < 0
  }
  get traceId(): string {
    return this.id.traceId
  }
  get spanId(): string {
    return this.id.spanId
  }

  setOperation(operation: string): void {
    this.operation = operation
  }

  setAttribute(name: string, value: AttributeValue): void {
    if (this.recording && name !== '') (this.attributes ??= new Map()).set(name, value)
  }

  log(event: string, atMs = this.owner.time.monotonicMs()): void {
    if (this.recording) (this.events ??= []).push({ name: event, atMs })
  }

  /** Below a span that is not sampled nothing is: others need only know the trace, so that one span stands for all. */
  child(operation: string, sampled = this.sampled): Span {
    if (!sampled && !this.sampled) return this
    const { traceId, spanId, baggage } = this.id
    const id = { traceId, spanId: this.owner.newSpanId(), parentId: spanId, remoteParent: false, baggage }
    const startMs = this.owner.time.monotonicMs()
    return new TraceSpan(this.owner, id, { kind: 'client', operation, sampled, startMs })
  }

  inject(headers: HeaderMap): void {
    this.owner.inject(this, headers)
  }

  discard(): void {
    this.sampled = false
    this.attributes = this.events = undefined
  }

  end(): void {
    if (this.endMs >= 0) return
    this.endMs = this.owner.time.monotonicMs()
    if (this.sampled) this.owner.report(this)
  }
}
