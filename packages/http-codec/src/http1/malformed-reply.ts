import { responseHeaders } from '@nuncio/core'
import type { ServerStream } from './server-stream.ts'

/** The answer of a codec whose user has none: a status and nothing else. */
export function sendMalformedReply(stream: ServerStream, status: number): void {
  stream.encodeHeaders(responseHeaders(status), true)
}
