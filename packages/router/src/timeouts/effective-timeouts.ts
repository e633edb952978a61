import type { RequestHeaders } from '@nuncio/core'
import type { ForwardRoute, RetryPolicy } from '../contracts.ts'
import { isGrpcContentType } from '../match/conditions.ts'
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts'

/** What the connection manager says about times, for routes that say nothing. */
export interface TimeoutDefaults {
  /** `stream_idle_timeout`; 0 = off. */
  readonly streamIdleTimeoutMs: number
  /** `common_http_protocol_options.max_stream_duration`; 0 = off. */
  readonly maxStreamDurationMs: number
  /** The router filter's `respect_expected_rq_timeout`. */
  readonly respectExpectedTimeout?: boolean
}

/** The times that hold for one request, in milliseconds; 0 = off. Give the same object again and again. */
export interface EffectiveTimeouts {
  /** For the whole answer, from the end of the request on; covers all tries. */
  timeoutMs: number
  perTryTimeoutMs: number
  perTryIdleTimeoutMs: number
  idleTimeoutMs: number
  flushTimeoutMs: number
  maxStreamDurationMs: number
  hedgeOnPerTryTimeout: boolean
  /** Where each came from, for explanations. */
  timeoutFrom:
    | 'route'
    | 'default'
    | 'grpc-timeout'
    | 'x-envoy-upstream-rq-timeout-ms'
    | 'x-envoy-expected-rq-timeout-ms'
    | 'max_stream_duration'
  perTryFrom: 'route' | 'none' | 'x-envoy-upstream-rq-per-try-timeout-ms' | 'ignored'
  maxStreamDurationFrom: 'route' | 'default' | 'grpc-timeout'
}

/** An object for `effectiveTimeouts` to fill. */
export function emptyTimeouts(): EffectiveTimeouts {
  return {
    timeoutMs: 0,
    perTryTimeoutMs: 0,
    perTryIdleTimeoutMs: 0,
    idleTimeoutMs: 0,
    flushTimeoutMs: 0,
    maxStreamDurationMs: 0,
    hedgeOnPerTryTimeout: false,
    timeoutFrom: 'default',
    perTryFrom: 'none',
    maxStreamDurationFrom: 'default',
  }
}

/**
 * Decides all times of a request from its route, its headers and the connection manager's defaults. Changes neither
 * the route nor the headers; see `applyTimeoutHeaders` for what goes on to the upstream.
 */
export function effectiveTimeouts(
  route: ForwardRoute,
  headers: RequestHeaders,
  defaults: TimeoutDefaults,
  out: EffectiveTimeouts = emptyTimeouts(),
  retryPolicy: RetryPolicy | undefined = route.retryPolicy,
): EffectiveTimeouts {
  decideGlobal(route, headers, defaults, out)
  decidePerTry(retryPolicy, headers, out)
  decideDuration(route, headers, defaults, out)
  out.idleTimeoutMs = route.idleTimeoutMs ?? defaults.streamIdleTimeoutMs
  out.flushTimeoutMs = route.flushTimeoutMs ?? out.idleTimeoutMs
  const hedge = headers.get('x-envoy-hedge-on-per-try-timeout')
  out.hedgeOnPerTryTimeout = hedge === 'true' || (hedge !== 'false' && route.hedgeOnPerTryTimeout)
  return out
}

function decideGlobal(
  route: ForwardRoute,
  headers: RequestHeaders,
  defaults: TimeoutDefaults,
  out: EffectiveTimeouts,
): void {
  const grpc =
    route.usesMaxStreamDuration || !isGrpcContentType(headers.get('content-type')) ? undefined : route.grpcTimeout
  out.timeoutMs =
    grpc === undefined ? route.timeoutMs : cappedGrpcTimeout(parseGrpcTimeout(headers.get('grpc-timeout')) ?? 0, grpc)
  out.timeoutFrom = grpc !== undefined ? 'grpc-timeout' : route.usesMaxStreamDuration ? 'max_stream_duration' : 'route'
  if (defaults.respectExpectedTimeout === true) {
    const expected = unsigned(headers.get('x-envoy-expected-rq-timeout-ms'))
    if (expected !== undefined) {
      out.timeoutMs = expected
      out.timeoutFrom = 'x-envoy-expected-rq-timeout-ms'
      return
    }
  }
  const asked = unsigned(headers.get('x-envoy-upstream-rq-timeout-ms'))
  if (asked === undefined) return
  out.timeoutMs = asked
  out.timeoutFrom = 'x-envoy-upstream-rq-timeout-ms'
}

/** The deprecated rule: the offset is taken off unless nothing would remain, then the cap; 0 is no limit. */
function cappedGrpcTimeout(asked: number, { maxMs, offsetMs }: NonNullable<ForwardRoute['grpcTimeout']>): number {
  const timeout = offsetMs < asked ? asked - offsetMs : asked
  return maxMs !== 0 && (timeout === 0 || timeout > maxMs) ? maxMs : timeout
}

function decidePerTry(policy: RetryPolicy | undefined, headers: RequestHeaders, out: EffectiveTimeouts): void {
  out.perTryTimeoutMs = policy?.perTryTimeoutMs ?? 0
  out.perTryIdleTimeoutMs = policy?.perTryIdleTimeoutMs ?? 0
  out.perTryFrom = out.perTryTimeoutMs === 0 ? 'none' : 'route'
  const asked = unsigned(headers.get('x-envoy-upstream-rq-per-try-timeout-ms'))
  if (asked !== undefined) {
    out.perTryTimeoutMs = asked
    out.perTryFrom = 'x-envoy-upstream-rq-per-try-timeout-ms'
  }
  if (out.timeoutMs !== 0 && out.perTryTimeoutMs >= out.timeoutMs) {
    out.perTryTimeoutMs = 0
    out.perTryFrom = 'ignored'
  }
}

function decideDuration(
  route: ForwardRoute,
  headers: RequestHeaders,
  defaults: TimeoutDefaults,
  out: EffectiveTimeouts,
): void {
  const rule = route.usesMaxStreamDuration ? route.grpcTimeout : undefined
  const asked = rule === undefined ? undefined : parseGrpcTimeout(headers.get('grpc-timeout'))
  if (rule === undefined || asked === undefined) {
    out.maxStreamDurationMs = route.maxStreamDurationMs ?? defaults.maxStreamDurationMs
    out.maxStreamDurationFrom = route.maxStreamDurationMs === undefined ? 'default' : 'route'
    return
  }
  const capped = rule.maxMs !== 0 && (asked === 0 || asked > rule.maxMs) ? rule.maxMs : asked
  out.maxStreamDurationMs = Math.max(0, capped - rule.offsetMs)
  out.maxStreamDurationFrom = 'grpc-timeout'
}

const UNSIGNED = /^[ \t]*\+?([0-9]{1,20})[ \t]*$/

function unsigned(text: string | undefined): number | undefined {
  const digits = text === undefined ? undefined : UNSIGNED.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * The time that the upstream may use for a try that begins `elapsedMs` after the request was complete; 0 = no limit.
 * When nothing remains it is 1, because 0 would be no limit.
 */
export function expectedTimeout(
  timeouts: Pick<EffectiveTimeouts, 'timeoutMs' | 'perTryTimeoutMs' | 'hedgeOnPerTryTimeout'>,
  elapsedMs: number,
): number {
  const { timeoutMs, perTryTimeoutMs, hedgeOnPerTryTimeout } = timeouts
  const wanted = hedgeOnPerTryTimeout || perTryTimeoutMs === 0 ? timeoutMs : perTryTimeoutMs
  if (wanted === 0 || timeoutMs === 0) return wanted
  return elapsedMs >= timeoutMs ? 1 : Math.min(wanted, timeoutMs - elapsedMs)
}

/**
 * Takes the headers that asked for times off a request, and puts on those that tell the upstream:
 * `x-envoy-expected-rq-timeout-ms` (not when `suppress`), and `grpc-timeout` for routes that cap it
 * or the whole stream.
 */
export function applyTimeoutHeaders(
  route: ForwardRoute,
  headers: RequestHeaders,
  timeouts: EffectiveTimeouts,
  elapsedMs: number,
  suppress: boolean,
): void {
  headers.remove('x-envoy-upstream-rq-timeout-ms')
  headers.remove('x-envoy-upstream-rq-per-try-timeout-ms')
  headers.remove('x-envoy-hedge-on-per-try-timeout')
  const expected = Math.floor(expectedTimeout(timeouts, elapsedMs))
  if (expected > 0 && !suppress) headers.set('x-envoy-expected-rq-timeout-ms', String(expected))
  if (!isGrpcContentType(headers.get('content-type'))) return
  const { maxStreamDurationMs: longest, maxStreamDurationFrom: from } = timeouts
  if (!route.usesMaxStreamDuration) {
    if (route.grpcTimeout !== undefined && expected > 0) headers.set('grpc-timeout', formatGrpcTimeout(expected))
  } else if (from === 'grpc-timeout' || (from === 'route' && longest > 0)) {
    headers.set('grpc-timeout', formatGrpcTimeout(longest))
  }
}
