export { releaseHeaders } from './http1/header-pool.ts'
export { errorStatus } from './http1/errors.ts'
export { Http1Stats } from './http1/http1-stats.ts'
export { type Http1Options, type HeaderKeyFormat, http1Options } from './http1/options.ts'
export { type CloseMode, type ServerCallbacks, ServerConnection } from './http1/server-connection.ts'
export { type RequestKind, ServerStream } from './http1/server-stream.ts'
export { type ClientCallbacks, ClientConnection, type ClientTarget } from './http1/client-connection.ts'
export { ClientStream } from './http1/client-stream.ts'
export type { CodecSocket } from './batched-socket.ts'
export { type BatchMember, WriteBatch } from './write-batch.ts'
export {
  configuredHttp2,
  HTTP2_FIELDS,
  HTTP2_NO_EFFECT,
  HTTP2_UNSUPPORTED,
  type Http2ProtocolOptions,
} from './http2/configured.ts'
export { type Http2Options, http2Options } from './http2/options.ts'
export { type Http2ClientCallbacks, Http2ClientConnection } from './http2/client-connection.ts'
export { Http2ClientStream } from './http2/client-stream.ts'
export { type Http2ServerCallbacks, Http2ServerConnection } from './http2/server-connection.ts'
export { Http2ServerStream } from './http2/server-stream.ts'
export type { Http2Parts } from './http2/connection/link.ts'
export { Http2Stats } from './http2/http2-stats.ts'
export type { Http2Violation } from './http2/violations.ts'
export { PREFACE } from './http2/frames/frame-types.ts'
export { ReadBuffer } from './http1/read-buffer.ts'
