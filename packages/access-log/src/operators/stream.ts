import type { BytesMeter, RandomGenerator } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import {
  fault,
  nameOf,
  numberOf,
  type OperatorFault,
  type OperatorTable,
  textOf,
  type ValueOf,
  withArgs,
} from './definition.ts'

/** Operators about the stream itself: what was asked, what came of it, by way of what. */
export const streamOperators: OperatorTable = {
  PROTOCOL: textOf((context) => context.info.protocol),
  RESPONSE_CODE: numberOf((context) => context.info.status),
  RESPONSE_CODE_DETAILS: withArgs('optional', false, details),
  CONNECTION_TERMINATION_DETAILS: textOf((context) => context.info.connection.terminationDetails),
  RESPONSE_FLAGS: always((context) => context.info.flagsText),
  RESPONSE_FLAGS_LONG: always((context) => context.info.formatFlags(true)),
  BYTES_RECEIVED: numberOf((context) => context.info.bytesReceived),
  BYTES_SENT: numberOf((context) => context.info.bytesSent),
  ...bytes('DOWNSTREAM', (context) => context.info.downstreamBytes),
  ...bytes('UPSTREAM', (context) => context.info.upstreamBytes),
  UPSTREAM_PROTOCOL: textOf((context) => context.info.upstreamProtocol),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: numberOf((context) => context.info.attempts),
  UPSTREAM_CLUSTER: nameOf((context) => context.info.upstreamClusterStatName || context.info.upstreamCluster),
  UPSTREAM_CLUSTER_RAW: nameOf((context) => context.info.upstreamCluster),
  UPSTREAM_CONNECTION_ID: numberOf((context) => context.info.upstreamConnectionId),
  CUSTOM_FLAGS: always(() => ''),
  UPSTREAM_TRANSPORT_FAILURE_REASON: nameOf((context) => withUnderscores(context.info.upstreamTransportFailure)),
  CONNECTION_ID: numberOf((context) => context.info.connection.id),
  ROUTE_NAME: nameOf((context) => context.info.routeName),
  VIRTUAL_CLUSTER_NAME: nameOf((context) => context.info.virtualClusterName),
  FILTER_CHAIN_NAME: nameOf((context) => context.info.connection.filterChainName),
  STREAM_ID: textOf((context) => context.info.requestId),
  TRACE_ID: textOf((context) => context.info.traceId),
  SPAN_ID: textOf((context) => context.info.spanId),
  BYTES_RETRANSMITTED: numberOf(() => 0),
  PACKETS_RETRANSMITTED: numberOf(() => 0),
  ACCESS_LOG_TYPE: textOf((context) => context.logType),
  LOCAL_REPLY_BODY: always((context) => context.localReplyBody),
  REQUESTED_SERVER_NAME: withArgs('optional', false, serverName),
  FATE: textOf((context) => context.info.fate),
  HOSTNAME: {
    ...nameOf(() => undefined),
    compile: (_, { hostname }) => (hostname === '' ? () => undefined : () => hostname),
  },
  ENVIRONMENT: { ...withArgs('required', true, () => fault('')), unicode: true, compile: environmentVariable },
  UNIQUE_ID: { ...textOf(() => undefined), compile: (_, { random }) => uniqueId(random) },
}

function bytes(side: string, meter: (context: FormatContext) => BytesMeter | undefined): OperatorTable {
  return {
    [`${side}_WIRE_BYTES_RECEIVED`]: numberOf((context) => meter(context)?.wireBytesReceived ?? 0),
    [`${side}_WIRE_BYTES_SENT`]: numberOf((context) => meter(context)?.wireBytesSent ?? 0),
    [`${side}_HEADER_BYTES_RECEIVED`]: numberOf((context) => meter(context)?.headerBytesReceived ?? 0),
    [`${side}_HEADER_BYTES_SENT`]: numberOf((context) => meter(context)?.headerBytesSent ?? 0),
    [`${side}_DECOMPRESSED_HEADER_BYTES_RECEIVED`]: numberOf(
      (context) => meter(context)?.decompressedHeaderBytesReceived ?? 0,
    ),
    [`${side}_DECOMPRESSED_HEADER_BYTES_SENT`]: numberOf((context) => meter(context)?.decompressedHeaderBytesSent ?? 0),
  }
}

/** A text that is printed as it is, even when empty. */
function always(value: ValueOf): OperatorTable[string] {
  return { args: 'none', length: false, unicode: false, compile: () => value }
}

function details(args: string): ValueOf | OperatorFault {
  if (args === 'ALLOW_WHITESPACES') return (context) => context.info.details
  return ({ info: { details: text } }) => (text === undefined ? undefined : withUnderscores(text))
}

/** Details may quote the messages of other programs; white space would split a field of a log line. */
function withUnderscores(text: string): string {
  return text.includes(' ') || /\s/.test(text) ? text.replace(/\s/g, '_') : text
}

function environmentVariable(
  name: string,
  environment: { environment?: ((name: string) => string | undefined) | undefined },
): ValueOf {
  const value = environment.environment?.(name)
  return () => value ?? '-'
}

type TextOf = (context: FormatContext) => string | undefined

const HOSTS: Readonly<Record<string, TextOf>> = {
  HOST: (context) => context.request?.authority || undefined,
  ORIG: (context) => context.request?.get('x-envoy-original-host'),
  ORIG_OR_HOST: (context) => context.request?.get('x-envoy-original-host') ?? (context.request?.authority || undefined),
}

const sni: TextOf = (context) => context.info.connection.serverName || undefined

function serverName(args: string): ValueOf | OperatorFault {
  const [which = '', source = ''] = args.split(':')
  const host = HOSTS[source === '' ? 'ORIG_OR_HOST' : source]
  if (host === undefined) return fault(`"${source}" is not HOST, ORIG or ORIG_OR_HOST`)
  if (which === '' || which === 'SNI_ONLY') return sni
  if (which === 'SNI_FIRST') return (context) => sni(context) ?? host(context)
  if (which === 'HOST_FIRST') return (context) => host(context) ?? sni(context)
  return fault(`"${which}" is not SNI_ONLY, SNI_FIRST or HOST_FIRST`)
}

/** A new UUID, version 4, for each evaluation. */
function uniqueId(random: RandomGenerator | undefined): ValueOf | OperatorFault {
  if (random === undefined) return fault('there is no source of chance here')
  return () => {
    const a = hex8(random.uint32())
    const b = hex8(((random.uint32() & 0xffff0fff) | 0x4000) >>> 0)
    const c = hex8(((random.uint32() & 0x3fffffff) | 0x80000000) >>> 0)
    const d = hex8(random.uint32())
    return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`
  }
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0')
}
