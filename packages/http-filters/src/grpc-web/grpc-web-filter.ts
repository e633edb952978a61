import {
  base64,
  grpcStatusOf,
  type HeaderMap,
  latin1Bytes,
  latin1Text,
  type RequestHeaders,
  type ResponseHeaders,
} from '@nuncio/core'
import {
  type DataVerdict, type FilterStream, grpcMessage, type HttpFilter,
  isGrpcContentType, localReply, type Verdict,
} from '@nuncio/filter-chain' // prettier-ignore
import { frame, FrameReader } from '../grpc/frames.ts'
import { type GrpcMethodStats, serviceAndMethod } from '../grpc/method-stats.ts'
import type { GrpcMethods } from '../grpc/methods.ts'
import { Base64Decoder } from './base64-decoder.ts'
import { GRPC, isBinaryGrpcWeb, isGrpcWeb, isGrpcWebText, WEB_PROTO, WEB_TEXT_PROTO } from './content-types.ts'

const EMPTY = new Uint8Array(0)
const INVALID = { body: 'Bad gRPC-web request, invalid base64 data.' }
const BAD_BASE64 = localReply(400, 'grpc_base_64_decode_failed', INVALID)
const BAD_SIZE = localReply(400, 'grpc_base_64_decode_failed_bad_size', INVALID)
/** In the flags of a frame: it holds trailers. */
const TRAILERS = 0x80
/** As much of a response that is no gRPC is told as its message. */
const MAX_MESSAGE_BYTES = 16_384

/** One stream's translation between gRPC-Web and gRPC. */
export class GrpcWebFilter implements HttpFilter {
  readonly #methods: GrpcMethods
  #active = false
  #request: Base64Decoder | undefined = undefined
  #response: FrameReader | undefined = undefined
  /** The response was no gRPC: its body has become a message. */
  #dropsBody = false
  #stats: GrpcMethodStats | undefined = undefined

  constructor(methods: GrpcMethods) {
    this.#methods = methods
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): void {
    const type = headers.get('content-type')
    if (!isGrpcWeb(type)) return
    this.#active = true
    this.#stats = this.#statsOf(headers, stream)
    headers.remove('content-length')
    if (isGrpcWebText(type)) this.#request = new Base64Decoder()
    if (isGrpcWebText(headers.get('accept'))) this.#response = new FrameReader()
    headers.set('content-type', GRPC)
    headers.set('te', 'trailers')
    if (!headers.has('grpc-accept-encoding')) headers.set('grpc-accept-encoding', 'identity')
  }

  onRequestData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): DataVerdict {
    if (this.#request === undefined) return
    const bytes = this.#request.decode(chunk, endStream)
    if (bytes === 'bad size') return BAD_SIZE
    return bytes === 'bad' ? BAD_BASE64 : bytes
  }

  onResponseHeaders(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): Verdict {
    if (!this.#active) return
    if (headers.has('grpc-status')) this.#charge(headers)
    const foreign =
      !isGrpcResponse(headers, endStream) && !(headers.status === 200 && isBinaryGrpcWeb(headers.get('content-type')))
    headers.remove('content-length')
    headers.set('content-type', this.#response === undefined ? WEB_PROTO : WEB_TEXT_PROTO)
    if (foreign && !endStream) return this.#turnIntoMessage(headers, stream)
  }

  onResponseData(chunk: Uint8Array): DataVerdict {
    if (this.#dropsBody) return EMPTY
    if (this.#response === undefined) return
    // Each message is padded for itself: a client can read it before the next one comes.
    const text = this.#response.read(chunk).map(base64).join('')
    return text === '' ? EMPTY : latin1Bytes(text)
  }

  onResponseTrailers(trailers: HeaderMap, stream: FilterStream): void {
    if (!this.#active) return
    this.#charge(trailers)
    let text = ''
    const names: string[] = []
    trailers.forEach((name, value) => {
      names.push(name)
      text += `${name.toLowerCase()}:${value}\r\n`
    })
    for (const name of names) trailers.remove(name.toLowerCase())
    if (this.#dropsBody) return
    const bytes = frame(TRAILERS, latin1Bytes(text))
    stream.addResponseData(this.#response === undefined ? bytes : latin1Bytes(base64(bytes)))
  }

  /** What is no gRPC is told to the client as the message of an error. */
  async #turnIntoMessage(headers: ResponseHeaders, stream: FilterStream): Promise<void> {
    this.#dropsBody = true
    // The beginning of a body that is larger will do.
    const body = (await stream.bufferResponse(MAX_MESSAGE_BYTES)) ?? stream.bufferedResponse
    const text = latin1Text(body.subarray(0, MAX_MESSAGE_BYTES))
    stream.setBufferedResponse(EMPTY)
    headers.set('grpc-message', grpcMessage(text))
    headers.set('grpc-status', String(grpcStatusOf(headers.status)))
    headers.set('content-length', '0')
  }

  #statsOf({ path }: RequestHeaders, stream: FilterStream): GrpcMethodStats | undefined {
    const call = serviceAndMethod(path)
    if (stream.clusterName === '' || call === undefined) return undefined
    return this.#methods.of(stream.clusterName, `${call.service}.${call.method}.`)
  }

  #charge(headers: HeaderMap): void {
    this.#stats?.charge(headers.get('grpc-status'))
    this.#stats = undefined
  }
}

/** A response is gRPC when its type says so, or when it is nothing but a status. */
function isGrpcResponse(headers: ResponseHeaders, endStream: boolean): boolean {
  if (endStream) return headers.has('grpc-status')
  return headers.status === 200 && isGrpcContentType(headers.get('content-type'))
}
