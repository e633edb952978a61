import type { FormatContext } from '@nuncio/access-log'
import type { RequestHeaders, ResponseHeaders, Span, TraceReason } from '@nuncio/core'
import type { HttpTracing } from './http-tracing.ts'
import type { Decorator, RouteTracing } from './route-tracing.ts'

const DECORATOR = 'x-envoy-decorator-operation'

/** The tracing of one request. */
export class StreamTrace {
  readonly tracing: HttpTracing
  readonly span: Span
  readonly reason: TraceReason
  /** What a decorator called the request, where the other side is told; '' = nothing. */
  #told = ''
  #decorated = false

  constructor(tracing: HttpTracing, span: Span, reason: TraceReason) {
    this.tracing = tracing
    this.span = span
    this.reason = reason
  }

  /**
   * Names the span by the route's decorator. The server's half of a call takes the name that the client's proxy sends
   * (a request header on ingress); the client's half takes the name that the server's proxy answers with.
   */
  decorate(headers: RequestHeaders, decorator: Decorator | undefined): void {
    this.#decorated = true
    if (decorator !== undefined && decorator.operation !== '') {
      this.span.setOperation(decorator.operation)
      if (decorator.propagate) this.#told = decorator.operation
    }
    if (this.tracing.egress) {
      if (this.#told !== '') headers.set(DECORATOR, this.#told)
      return
    }
    const given = headers.get(DECORATOR)
    if (given === undefined) return
    if (given !== '') {
      this.span.setOperation(given)
      this.#told = ''
    }
    headers.remove(DECORATOR)
  }

  /** A response is about to be sent. */
  respond(headers: ResponseHeaders): void {
    if (!this.#decorated) return
    if (!this.tracing.egress) {
      if (this.#told !== '') headers.set(DECORATOR, this.#told)
      return
    }
    const given = headers.get(DECORATOR)
    if (given === undefined) return
    if (given !== '') this.span.setOperation(given)
    headers.remove(DECORATOR)
  }

  /** The stream is over. Health checks are nobody's business. */
  finish(context: FormatContext, route: RouteTracing | undefined, grpc: boolean): void {
    if (context.info.healthCheck) this.span.discard()
    this.tracing.finish(this.span, context, route, grpc)
  }
}
