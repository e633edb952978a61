import { type HeaderMap, NO_SPAN, type RandomGenerator, type Span, type TimeSource } from '@nuncio/core'
import type { SpanSink, SpanStart, Tracer } from '../contracts.ts'
import { type B3Context, extractB3, injectB3 } from '../propagation/b3.ts'
import { extractW3c, injectW3c, type RemoteContext } from '../propagation/w3c.ts'
import { hex32, randomId64 } from '../span/ids.ts'
import { type SpanIdentity, type SpanKind, type SpanOwner, TraceSpan } from '../span/trace-span.ts'

/** What a tracer of Zipkin is made of. */
export interface ZipkinTracerParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly sink: SpanSink
  /** New traces have ids of 128 bits. */
  readonly longIds: boolean
  /** … that begin with the time, in seconds. */
  readonly timedIds: boolean
  /** The server's half of a call has the span id of the client's half. */
  readonly shares: boolean
  /** A request's span is the server's half also where requests leave the mesh. */
  readonly splits: boolean
  /** Beside B3, W3C Trace Context is understood, and sent. */
  readonly w3c: boolean
}

/** Spans as Zipkin has them, propagated by B3; the baggage says in which of its two forms. */
export class ZipkinTracer implements Tracer, SpanOwner {
  readonly time: TimeSource
  readonly #parts: ZipkinTracerParts

  constructor(parts: ZipkinTracerParts) {
    this.time = parts.time
    this.#parts = parts
  }

  /** Zipkin's spans are called by the host that is asked, not by Envoy's `ingress` and `egress`. */
  start({ headers, startMs, traced, egress, spawns }: SpanStart): Span {
    const { splits, w3c } = this.#parts
    const found = extractB3(headers) ?? (w3c ? withoutBaggage(extractW3c(headers)) : undefined)
    if (found === 'bad') return NO_SPAN
    const kind = egress && !spawns && !splits ? 'client' : 'server'
    const id = found !== undefined && 'traceId' in found ? this.#below(found, kind) : this.#root(found, kind)
    const sampled = found?.sampled ?? traced
    return new TraceSpan(this, id, { kind, operation: headers.authority, sampled, startMs })
  }

  #root(found: B3Context | undefined, kind: SpanKind): SpanIdentity {
    const spanId = this.newSpanId()
    const baggage = found?.baggage ?? ''
    return {
      traceId: this.#highHalf() + spanId,
      spanId,
      parentId: '',
      remoteParent: false,
      baggage,
      shared: this.#shared(kind),
    }
  }

  #below(parent: RemoteContext, kind: SpanKind): SpanIdentity {
    const { traceId, baggage } = parent
    const shared = this.#shared(kind)
    if (shared)
      return { traceId, spanId: parent.spanId, parentId: parent.parentId, remoteParent: true, baggage, shared }
    return { traceId, spanId: this.newSpanId(), parentId: parent.spanId, remoteParent: true, baggage }
  }

  #shared(kind: SpanKind): boolean {
    return kind === 'server' && this.#parts.shares
  }

  #highHalf(): string {
    const { longIds, random, time, timedIds } = this.#parts
    if (!longIds) return ''
    return timedIds ? hex32(Math.floor(time.wallMs() / 1000)) + hex32(random.uint32()) : randomId64(random)
  }

  newSpanId(): string {
    return randomId64(this.#parts.random)
  }

  inject({ id, sampled }: TraceSpan, headers: HeaderMap): void {
    injectB3(id, sampled, headers)
    if (this.#parts.w3c) injectW3c(id.traceId, id.spanId, sampled, headers)
  }

  report(span: TraceSpan): void {
    this.#parts.sink.take(span)
  }
}

function withoutBaggage(context: RemoteContext | 'bad' | undefined): RemoteContext | 'bad' | undefined {
  return typeof context === 'object' ? { ...context, baggage: '' } : context
}
