import type { Counter, Histogram, StatsScope } from '@nuncio/core'

/** What is counted of the calls of one gRPC method, or of all together, below a scope such as `cluster.api.grpc.`. */
export class GrpcMethodStats {
  readonly total: Counter
  readonly success: Counter
  readonly failure: Counter
  readonly requestMessages: Counter
  readonly responseMessages: Counter
  readonly #scope: StatsScope
  readonly #prefix: string
  readonly #byStatus = new Map<string, Counter>()

  /** `prefix` is '' or `service.method.`. */
  constructor(scope: StatsScope, prefix: string) {
    this.#scope = scope
    this.#prefix = prefix
    this.total = scope.counter(`${prefix}total`)
    this.success = scope.counter(`${prefix}success`)
    this.failure = scope.counter(`${prefix}failure`)
    this.requestMessages = scope.counter(`${prefix}request_message_count`)
    this.responseMessages = scope.counter(`${prefix}response_message_count`)
  }

  /** A call has ended with a status as the header has it; one that is no number of gRPC's counts as a failure only. */
  charge(status: string | undefined): void {
    this.total.inc()
    const known = status !== undefined && /^\d{1,2}$/.test(status)
    if (known) this.#status(status).inc()
    if (status === '0') this.success.inc()
    else this.failure.inc()
  }

  get upstreamTime(): Histogram {
    return this.#scope.histogram(`${this.#prefix}upstream_rq_time`)
  }

  #status(status: string): Counter {
    let counter = this.#byStatus.get(status)
    if (counter === undefined) this.#byStatus.set(status, (counter = this.#scope.counter(`${this.#prefix}${status}`)))
    return counter
  }
}

/** `/package.Service/Method` in its two parts; undefined for other paths. */
export function serviceAndMethod(path: string): { readonly service: string; readonly method: string } | undefined {
  const query = path.indexOf('?')
  const [empty, service = '', method = '', ...more] = (query < 0 ? path : path.slice(0, query)).split('/')
  return empty === '' && service !== '' && method !== '' && more.length === 0 ? { service, method } : undefined
}
