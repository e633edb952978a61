export { releaseHeaders } from './http1/header-pool.ts'
export { errorStatus } from './http1/errors.ts'
export { type Http1Options, type HeaderKeyFormat, http1Options } from './http1/options.ts'
export { type CloseMode, type ServerCallbacks, ServerConnection } from './http1/server-connection.ts'
export { type RequestKind, ServerStream } from './http1/server-stream.ts'
export { type ClientCallbacks, ClientConnection, type ClientTarget } from './http1/client-connection.ts'
export { ClientStream } from './http1/client-stream.ts'
export type { CodecSocket } from './http1/socket-writer.ts'
export { type BatchMember, WriteBatch } from './write-batch.ts'
export { type Http2Options, http2Options } from './http2/options.ts'
export { codeOfReset, resetOfCode } from './http2/reset-codes.ts'
export {
  type Http2ServerCallbacks,
  Http2ServerConnection,
  type Http2Violation,
  PREFACE,
} from './http2/server-connection.ts'
export { Http2ServerStream } from './http2/server-stream.ts'
export { ReadBuffer } from './http1/read-buffer.ts'
