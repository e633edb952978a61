import { grpcStatusOf, latin1Bytes, latin1Text, ResponseHeaderTable, utf8Bytes } from '@nuncio/core'
import { grpcMessage } from '../grpc-status.ts'
import type { LocalReply } from '../local-reply.ts'

/** A local reply on its way: what `local_reply_config` may still change. */
export interface LocalReplyMessage {
  readonly headers: ResponseHeaderTable
  body: Uint8Array
  /** The body was made by a format of `local_reply_config`, of this content type; '' = it was not. */
  formatted: string
}

const NOTHING = new Uint8Array(0)
const NEWLINE = 10

/** What is to be said, before its headers are there and anything changes it. */
export function localReplyMessage(reply: LocalReply): LocalReplyMessage {
  const headers = new ResponseHeaderTable()
  headers.status = reply.status
  return { headers, body: typeof reply.body === 'string' ? bodyBytes(reply.body) : reply.body, formatted: '' }
}

/** The headers that the reply itself asks for. */
export function ownHeaders({ headers }: LocalReplyMessage, reply: LocalReply): void {
  for (const [name, value] of reply.headers) headers.append(name, value)
  reply.change?.(headers)
}

/** After everything that may change it: says of the body what is not said yet, or makes it an answer to a gRPC request. */
export function finishMessage(message: LocalReplyMessage, reply: LocalReply, grpc: boolean, head: boolean): void {
  const { headers, body } = message
  if (grpc) return toGrpc(message, reply, head)
  if (body.length === 0) {
    headers.remove('content-length')
    headers.remove('content-type')
    return
  }
  // HEAD keeps the length without the body.
  headers.set('content-length', String(body.length))
  if (!headers.has('content-type')) headers.append('content-type', reply.contentType)
}

/** Trailers only: the status as gRPC has it, the body as its message. */
function toGrpc(message: LocalReplyMessage, { grpcStatus }: LocalReply, head: boolean): void {
  const { headers, body, formatted } = message
  const status = grpcStatus >= 0 ? grpcStatus : grpcStatusOf(headers.status)
  // The line end of JSON has no place in a header. What routes and filters formatted goes on as it is, as in Envoy.
  const json = formatted === 'application/json' && body[body.length - 1] === NEWLINE
  headers.status = 200
  headers.set('content-type', 'application/grpc')
  if (!headers.has('grpc-status')) headers.append('grpc-status', String(status))
  if (body.length > 0 && !head) headers.set('grpc-message', grpcMessage(latin1Text(json ? body.subarray(0, -1) : body)))
  headers.remove('content-length')
  message.body = NOTHING
}

function bodyBytes(text: string): Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return utf8Bytes(text)
  return latin1Bytes(text)
}
