import type { RandomGenerator, RequestHeaders, Runtime } from '@nuncio/core'
import { remainder } from '@nuncio/matching'
import type { AbortSource, DelaySource, FaultSource, RateSource } from './settings.ts'

/** What decisions are made of besides the request. */
export interface Chances {
  readonly runtime: Runtime
  readonly random: RandomGenerator
}

/** An abort's answer; a gRPC status comes with HTTP status 200. */
export interface Abort {
  readonly status: number
  /** -1 = none. */
  readonly grpcStatus: number
}

const INTEGER = /^\d{1,15}$/

/** A header's value as a whole number; undefined when it is absent or none. */
function integer(headers: RequestHeaders, name: string): number | undefined {
  const text = headers.get(name)?.trim()
  return text !== undefined && INTEGER.test(text) ? Number(text) : undefined
}

/** Whether this request is hit. `cluster` is the caller's service cluster, '' when unknown: it has runtime keys of its own. */
function hit(source: FaultSource, cluster: string, clusterKey: string, headers: RequestHeaders, by: Chances): boolean {
  let share = source.share
  if (source.shareHeader !== undefined) {
    const wanted = integer(headers, source.shareHeader)
    if (wanted !== undefined && wanted < share.numerator) share = { numerator: wanted, denominator: share.denominator }
  }
  if (chosen(source.shareKey, share, by)) return true
  // Without runtime values the second draw could only repeat the first question.
  return (
    cluster !== '' &&
    clusterKey !== '' &&
    by.runtime.isEmpty !== true &&
    isSet(clusterKey, by) &&
    chosen(clusterKey, share, by)
  )
}

function chosen(key: string, share: FaultSource['share'], by: Chances): boolean {
  const { numerator, denominator } = by.runtime.fraction(key, share)
  return numerator > 0 && remainder(by.random.uint32(), denominator) < numerator
}

const UNSET = { numerator: -1, denominator: 100 }
function isSet(key: string, by: Chances): boolean {
  return by.runtime.fraction(key, UNSET) !== UNSET
}

function override(cluster: string, key: string, clusterKey: string, value: number, by: Chances): number {
  const general = by.runtime.number(key, value)
  return cluster === '' || by.runtime.isEmpty === true
    ? general
    : by.runtime.number(`fault.http.${cluster}.${clusterKey}`, general)
}

/** Milliseconds to hold a request; 0 = go on. */
export function delayFor(source: DelaySource, cluster: string, headers: RequestHeaders, by: Chances): number {
  if (!hit(source, cluster, `fault.http.${cluster}.delay.fixed_delay_percent`, headers, by)) return 0
  const ms = source.fixedMs ?? integer(headers, 'x-envoy-fault-delay-request')
  return ms === undefined ? 0 : override(cluster, source.durationKey, 'delay.fixed_duration_ms', ms, by)
}

/** How to answer in the upstream's place; undefined = not at all. */
export function abortFor(
  source: AbortSource,
  cluster: string,
  headers: RequestHeaders,
  by: Chances,
): Abort | undefined {
  if (!hit(source, cluster, `fault.http.${cluster}.abort.abort_percent`, headers, by)) return undefined
  const byHeader = source.shareHeader !== undefined
  const status = source.httpStatus ?? (byHeader ? httpStatusIn(headers) : undefined)
  if (status !== undefined)
    return { status: override(cluster, source.httpStatusKey, 'abort.http_status', status, by), grpcStatus: -1 }
  const grpc = source.grpcStatus ?? (byHeader ? integer(headers, 'x-envoy-fault-abort-grpc-request') : undefined)
  if (grpc === undefined) return undefined
  return { status: 200, grpcStatus: override(cluster, source.grpcStatusKey, 'abort.grpc_status', grpc, by) }
}

function httpStatusIn(headers: RequestHeaders): number | undefined {
  const status = integer(headers, 'x-envoy-fault-abort-request')
  return status !== undefined && status >= 200 && status < 600 ? status : undefined
}

/** Bytes a millisecond that a response may take; 0 = as it comes. */
export function rateFor(source: RateSource, headers: RequestHeaders, by: Chances): number {
  const kbps = source.fixedKbps ?? integer(headers, 'x-envoy-fault-throughput-response')
  if (kbps === undefined || kbps === 0 || !hit(source, '', '', headers, by)) return 0
  return (kbps * 1024) / 1000
}
