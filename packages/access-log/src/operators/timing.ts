import type { StreamInfo, TimeSource } from '@nuncio/core'
import type { FormatContext, FormatEnvironment } from '../context.ts'
import { compileTimeFormat, isoTime } from '../format/strftime.ts'
import {
  fault,
  numberOf,
  type OperatorDefinition,
  type OperatorFault,
  type OperatorTable,
  type ValueOf,
  withArgs,
} from './definition.ts'

type Point = (info: StreamInfo) => number

/** The points of `%COMMON_DURATION(FROM:TO)%` that a stream keeps, monotonic ms, -1 = never. */
const POINTS: Readonly<Record<string, Point>> = {
  DS_CX_BEG: (info) => info.connection.startMs,
  DS_CX_END: (info) => (info.protocol === '' ? info.endMs : -1),
  DS_RX_BEG: (info) => info.startMs,
  DS_RX_END: (info) => info.lastDownstreamRxMs,
  US_CX_BEG: (info) => info.upstreamConnectMs,
  US_HS_END: (info) => info.upstreamHandshakeEndMs,
  US_TX_BEG: (info) => info.firstUpstreamTxMs,
  US_TX_END: (info) => info.lastUpstreamTxMs,
  US_RX_BEG: (info) => info.firstUpstreamRxMs,
  US_RX_BODY_BEG: (info) => info.firstUpstreamBodyMs,
  US_RX_END: (info) => info.lastUpstreamRxMs,
  DS_TX_BEG: (info) => info.firstDownstreamTxMs,
  DS_TX_END: (info) => info.lastDownstreamTxMs,
}

/** A point that Envoy knows and a stream here does not keep: TCP's part of connecting is not told from that of TLS. */
const NOT_KEPT = 'US_CX_END'

/** Operators about points in time and the time between them. */
export const timingOperators: OperatorTable = {
  START_TIME: withArgs('optional', false, (args) => time(args, false, undefined, startOf)),
  START_TIME_LOCAL: withArgs('optional', false, (args, env) => time(args, true, env, startOf)),
  EMIT_TIME: emitTime(false),
  EMIT_TIME_LOCAL: emitTime(true),
  DURATION: { args: 'none', length: false, unicode: false, compile: (_, environment) => duration(environment.time) },
  REQUEST_DURATION: between(POINTS['DS_RX_BEG']!, POINTS['DS_RX_END']!),
  REQUEST_TX_DURATION: between(POINTS['DS_RX_BEG']!, POINTS['US_TX_END']!),
  RESPONSE_DURATION: between(POINTS['DS_RX_BEG']!, POINTS['US_RX_BEG']!),
  RESPONSE_TX_DURATION: between(POINTS['US_RX_BEG']!, POINTS['DS_TX_END']!),
  DOWNSTREAM_HANDSHAKE_DURATION: between(
    (info) => info.connection.startMs,
    (info) => info.connection.handshakeEndMs ?? -1,
  ),
  // Of QUIC alone.
  ROUNDTRIP_DURATION: numberOf(() => undefined),
  UPSTREAM_CONNECTION_POOL_READY_DURATION: between(
    (info) => info.tryStartMs,
    (info) => info.firstUpstreamTxMs,
  ),
  COMMON_DURATION: withArgs('required', false, commonDuration),
}

function startOf(context: FormatContext): number {
  return context.info.startWallMs
}

/** Dates in the stream's own clock; `local` shifts them by the machine's zone. */
function time(
  args: string,
  local: boolean,
  environment: FormatEnvironment | undefined,
  read: (context: FormatContext) => number,
): ValueOf | OperatorFault {
  if (args.includes('%n')) return fault('a time on several lines would break the log')
  const offset = local ? environment?.localOffset : undefined
  if (args === '' && !local) {
    const iso = isoTime()
    return (context) => iso(read(context))
  }
  const format = compileTimeFormat(args === '' ? '%Y-%m-%dT%H:%M:%E3S%z' : args)
  return (context) => {
    const at = read(context)
    return format(at, offset === undefined ? 0 : offset(at))
  }
}

function emitTime(local: boolean): OperatorDefinition {
  return withArgs('optional', false, (args, environment) => {
    const clock = environment.time
    if (clock === undefined) return fault('the time of writing is not known here')
    return time(args, local, environment, () => clock.wallMs())
  })
}

/** Of a stream that is not over yet: until now. */
function duration(clock: TimeSource | undefined): ValueOf {
  return (context) => {
    const { startMs, endMs } = context.info
    if (endMs >= 0) return Math.floor(endMs - startMs)
    return clock === undefined ? undefined : Math.floor(clock.monotonicMs() - startMs)
  }
}

function between(from: Point, to: Point): OperatorDefinition {
  return numberOf((context) => elapsed(context.info, from, to, 1))
}

function elapsed(info: StreamInfo, from: Point, to: Point, scale: number): number | undefined {
  const start = from(info)
  const end = to(info)
  return start < 0 || end < 0 ? undefined : Math.floor((end - start) * scale)
}

const SCALES: Readonly<Record<string, number>> = { ms: 1, us: 1000, ns: 1_000_000 }

function commonDuration(args: string): ValueOf | OperatorFault {
  const [from = '', to, precision = 'ms', ...more] = args.split(':')
  if (to === undefined || more.length > 0) return fault(`"${args}" is not FROM:TO or FROM:TO:PRECISION`)
  const scale = SCALES[precision]
  if (scale === undefined) return fault(`"${precision}" is not ms, us or ns`)
  if (from === NOT_KEPT || to === NOT_KEPT) return fault(`the point ${NOT_KEPT} is not recorded by nuncio`, true)
  const start = POINTS[from]
  const end = POINTS[to]
  // Any other word is a point that an extension of Envoy may have set; none is set here.
  if (start === undefined || end === undefined) return () => undefined
  return (context) => {
    const took = elapsed(context.info, start, end, scale)
    // A reused connection was there before the request was.
    return took !== undefined && took < 0 ? undefined : took
  }
}
