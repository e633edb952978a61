import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.http.admission_control.v3.AdmissionControl.SuccessCriteria'>

/** ABORTED, DATA_LOSS, DEADLINE_EXCEEDED, INTERNAL, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const GRPC_FAILURES: ReadonlySet<number> = new Set([4, 8, 10, 13, 14, 15])
const ANY_BELOW_500 = [{ start: 100, end: 500 }]

/** Which responses count as successes. */
export class SuccessCriteria {
  readonly #http: readonly { readonly start?: number; readonly end?: number }[]
  readonly #grpc: ReadonlySet<number> | undefined

  constructor(config: Config, place: ConfigPlace) {
    this.#http = config.http_criteria?.http_success_status ?? ANY_BELOW_500
    this.#grpc = config.grpc_criteria && new Set(config.grpc_criteria.grpc_success_status)
    config.http_criteria?.http_success_status?.forEach((range, i) => {
      const { start = 0, end = 0 } = range
      if (start < 100 || end > 600 || start > end)
        place
          .at('http_criteria', config.http_criteria)
          .item('http_success_status', i, range)
          .error('out-of-range', 'statuses are from 100 on and below 600')
    })
    config.grpc_criteria?.grpc_success_status?.forEach((status, i) => {
      if (status > 16)
        place
          .at('grpc_criteria', config.grpc_criteria)
          .item('grpc_success_status', i)
          .error('out-of-range', 'gRPC statuses go up to 16')
    })
  }

  http(status: number): boolean {
    return this.#http.some(({ start = 0, end = 0 }) => status >= start && status < end)
  }

  /** A status that is no number is a failure. */
  grpc(status: string | undefined): boolean {
    const number = status === undefined || status === '' ? NaN : Number(status)
    if (this.#grpc !== undefined) return this.#grpc.has(number)
    return number >= 0 && number <= 16 && !GRPC_FAILURES.has(number)
  }
}
