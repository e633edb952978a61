export { base64, fromBase64, latin1Bytes, latin1Text, utf8Bytes, utf8Text } from './bytes/bytes.ts'
export { NuncioError } from './errors/nuncio-error.ts'
export { murmur2, MURMUR2_SEED } from './hash/murmur2.ts'
export { type BytesMeter, RawBytes, SummedBytes } from './stream/bytes-meter.ts'
export { type Hash64, modulo64 } from './hash/pair.ts'
export { xxHash64 } from './hash/xxhash64.ts'
export { requestHeaderBytes, responseHeaderBytes } from './headers/header-bytes.ts'
export { appendForwardedFor } from './headers/forwarded-for.ts'
export type { HeaderMap, RequestHeaders, ResponseHeaders } from './headers/header-map.ts'
export {
  HeaderTable,
  REMOVED,
  RequestHeaderTable,
  requestHeaders,
  ResponseHeaderTable,
  responseHeaders,
} from './headers/header-table.ts'
export { headerId, idOf, isHopByHop, KNOWN_HEADERS, type KnownHeader } from './headers/known.ts'
export { LateRequests, type LateRequestsPolicy } from './overload/late-requests.ts'
export { LoadShedPoint } from './overload/load-shed-point.ts'
export { type OverloadSubject, OverloadState, type WeighedStream } from './overload/overload-state.ts'
export { ShrinkingTimeout } from './overload/shrinking-timeout.ts'
export { Part, PartMissing, withParts } from './parts/part.ts'
export { type RandomGenerator, SeededRandom, uint64, uniform } from './random/random.ts'
export { emptyRuntime, type Fraction, type Runtime } from './runtime.ts'
export { DEFAULT_BUCKETS, Histogram, type HistogramDump } from './stats/histogram.ts'
export { type Bin, binsOf, HistogramIntervals, quantileOf } from './stats/histogram-intervals.ts'
export { forgetBelow } from './stats/forget-below.ts'
export { Counter, Gauge, statName, StatsScope, StatsStore, TextReadout } from './stats/stats.ts'
export { unmoved } from './stats/unmoved.ts'
export { WireCount, WireStats } from './stats/wire-stats.ts'
export { addStats, clearStats, dumpStats, type MergeRule, type StatsDump } from './stats/stats-dump.ts'
export type {
  CodecStream,
  MessageDecoder,
  MessageEncoder,
  RequestDecoder,
  RequestEncoder,
  ResponseDecoder,
  ResponseEncoder,
} from './stream/codec.ts'
export { connectionInfo } from './stream/connection-info.ts'
export { type Fate, FateCounters, FATES } from './stream/fate.ts'
export { grpcStatusOf, responseGrpcStatus } from './stream/grpc-status.ts'
export { Flag, formatFlags, RESPONSE_FLAGS, type ResponseFlag } from './stream/flags.ts'
export { type Logger, type LogLevel, silentLogger } from './stream/logger.ts'
export { requestIdNumber, type TraceReason, traceReasonOf, withTraceReason } from './stream/request-id.ts'
export type { ResetReason, ResetSource } from './stream/reset.ts'
export { decideKeepAlive, type KeepAlive, setKeepAlive } from './stream/keep-alive.ts'
export { type AttributeValue, NO_SPAN, type Span } from './stream/span.ts'
export { PROXY_PROTOCOL_STATE, ProxyProtocolState, type Tlv } from './stream/proxy-protocol-state.ts'
export {
  type ConnectionInfo,
  type FilterStateValue,
  formatAddress,
  INTERNAL_CLIENT,
  internalAddress,
  isNamedAddress,
  parseInternalAddress,
  type PeerCertificate,
  type CloseType,
  type EarlierTry,
  type FilterMetadata,
  type SocketAddress,
  StreamInfo,
  type TlsInfo,
  type TypedMetadata,
  type UpstreamHostInfo,
  type UpstreamConnectionInfo,
} from './stream/stream-info.ts'
export { writeProgress } from './stream/write-progress.ts'
export type { Timer, TimeSource } from './time/time-source.ts'
export { Deadline, TimerWheel } from './time/timer-wheel.ts'
export { type BucketSize, bucketSize, TokenBucket } from './time/token-bucket.ts'
