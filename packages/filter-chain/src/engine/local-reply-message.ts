import { grpcStatusOf, latin1Bytes, latin1Text, ResponseHeaderTable, utf8Bytes } from '@nuncio/core'
import { grpcMessage } from '../grpc-status.ts'
import type { LocalReply } from '../local-reply.ts'

/** A local reply on its way: what `local_reply_config` may still change. */
export interface LocalReplyMessage {
  readonly headers: ResponseHeaderTable
  body: Uint8Array
}

/** What is to be said, before anything changes it; gRPC requests get a trailers-only answer. */
export function localReplyMessage(reply: LocalReply, grpc: boolean): LocalReplyMessage {
  const headers = new ResponseHeaderTable()
  const text = typeof reply.body === 'string' ? reply.body : latin1Text(reply.body)
  if (grpc) {
    headers.status = 200
    headers.append('content-type', 'application/grpc')
    headers.append('grpc-status', String(reply.grpcStatus >= 0 ? reply.grpcStatus : grpcStatusOf(reply.status)))
    if (text !== '') headers.append('grpc-message', grpcMessage(latin1Text(utf8Bytes(text))))
    for (const [name, value] of reply.headers) if (name !== 'content-type') headers.append(name, value)
    return { headers, body: new Uint8Array(0) }
  }
  headers.status = reply.status
  const body = typeof reply.body === 'string' ? bodyBytes(reply.body) : reply.body
  for (const [name, value] of reply.headers) headers.append(name, value)
  return { headers, body }
}

/** Says of the body what is not said yet, after everything that may change it. HEAD keeps the length without the body. */
export function describeBody({ headers, body }: LocalReplyMessage): void {
  if (body.length === 0) return
  headers.set('content-length', String(body.length))
  if (!headers.has('content-type')) headers.append('content-type', 'text/plain')
}

function bodyBytes(text: string): Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return utf8Bytes(text)
  return latin1Bytes(text)
}
