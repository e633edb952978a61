import type { RequestHeaders } from '@nuncio/core'
import type { ForwardRoute } from '@nuncio/router'

/** What bounds one request, in ms; 0 = nothing does. */
export interface Timeouts {
  globalMs: number
  perTryMs: number
  perTryIdleMs: number
  /** `x-envoy-hedge-on-per-try-timeout` or the route's policy. */
  hedge: boolean
}

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }

/** Milliseconds of a `grpc-timeout` header (`10S`, `500m`); undefined when malformed. */
export function parseGrpcTimeout(value: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value)
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!
}

/**
 * The timeouts of a request: headers before route. The headers that carry them are consumed, so that an upstream
 * proxy does not apply them again.
 */
export function decideTimeouts(route: ForwardRoute, headers: RequestHeaders, grpc: boolean, out: Timeouts): void {
  const retry = route.retryPolicy
  out.perTryMs = retry?.perTryTimeoutMs ?? 0
  out.perTryIdleMs = retry?.perTryIdleTimeoutMs ?? 0
  out.hedge = route.hedgeOnPerTryTimeout
  out.globalMs = grpc && route.grpcTimeout !== undefined ? grpcTimeout(route.grpcTimeout, headers, route.timeoutMs) : route.timeoutMs

  const global = take(headers, 'x-envoy-upstream-rq-timeout-ms')
  if (global !== undefined) out.globalMs = global
  const perTry = take(headers, 'x-envoy-upstream-rq-per-try-timeout-ms')
  if (perTry !== undefined) out.perTryMs = perTry
  const hedge = headers.get('x-envoy-hedge-on-per-try-timeout')
  if (hedge !== undefined) {
    out.hedge = hedge === 'true'
    headers.remove('x-envoy-hedge-on-per-try-timeout')
  }
  // A try may not outlast the whole: such a per-try timeout is as good as none.
  if (out.globalMs > 0 && out.perTryMs >= out.globalMs) out.perTryMs = 0
}

function grpcTimeout(rule: { readonly maxMs: number; readonly offsetMs: number }, headers: RequestHeaders, fallback: number): number {
  const asked = headers.get('grpc-timeout')
  const value = asked === undefined ? undefined : parseGrpcTimeout(asked)
  if (value === undefined) return fallback
  let timeout = value
  if (rule.offsetMs > 0 && timeout > rule.offsetMs) timeout -= rule.offsetMs
  if (rule.maxMs > 0 && (timeout === 0 || timeout > rule.maxMs)) timeout = rule.maxMs
  return timeout
}

function take(headers: RequestHeaders, name: string): number | undefined {
  const value = headers.get(name)
  if (value === undefined) return undefined
  headers.remove(name)
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** What `x-envoy-expected-rq-timeout-ms` says to the upstream; 0 = nothing to say. */
export function expectedTimeout(timeouts: Timeouts, elapsedMs: number): number {
  const { globalMs, perTryMs, hedge } = timeouts
  if (perTryMs > 0 && !hedge) {
    if (globalMs === 0) return perTryMs
    const left = globalMs - elapsedMs
    return left <= 0 ? 1 : Math.min(perTryMs, left)
  }
  return globalMs
}
