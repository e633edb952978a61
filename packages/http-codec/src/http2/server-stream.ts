import type { HeaderMap, RequestDecoder, ResetReason, ResponseEncoder, ResponseHeaders } from '@nuncio/core'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { outgoing, trailersFrom } from './headers.ts'
import { codeOfReset, resetOfCode } from './reset-codes.ts'
import type { Http2ServerConnection } from './server-connection.ts'

const EMPTY = new Uint8Array(0)
const OWNER = Symbol('nuncio.h2.stream')
interface Owned {
  [OWNER]: Http2ServerStream
}

/** One request and its answer on a server connection: the encoder of the answer. */
export class Http2ServerStream implements ResponseEncoder {
  readonly connection: Http2ServerConnection
  readonly headBytesReceived: number
  readonly startMs: number
  readonly http10 = false
  wireBytesSent = 0
  headBytesSent = 0
  decoder: RequestDecoder | undefined = undefined
  over = false
  readonly #stream: ServerHttp2Stream
  #trailers: HeaderMap | undefined = undefined
  #received: HeaderMap | undefined = undefined
  #disables = 0
  #requestDone: boolean
  #responseDone = false
  #blocked = false
  #head: boolean
  #takesTrailers = false

  constructor(
    connection: Http2ServerConnection,
    stream: ServerHttp2Stream,
    method: string,
    endStream: boolean,
    headBytes: number,
    startMs: number,
  ) {
    this.connection = connection
    this.#stream = stream
    this.#requestDone = endStream
    this.#head = method === 'HEAD'
    this.headBytesReceived = headBytes
    this.startMs = startMs
    const owned = stream as unknown as Owned
    owned[OWNER] = this
    stream.on('error', onError)
    stream.on('close', onClose)
    if (endStream) return
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('trailers', onTrailers)
  }

  get unwritten(): number {
    return this.#stream.writableLength
  }

  encodeInformational(headers: ResponseHeaders): void {
    if (this.over || this.#stream.headersSent || headers.status < 100 || headers.status > 199 || headers.status === 101)
      return
    this.#stream.additionalHeaders(outgoing(headers, { ':status': headers.status } as never))
  }

  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.over) return
    const { status } = headers
    // The answer to an extended CONNECT is 200 where HTTP/1.1 says 101.
    const object = outgoing(
      headers,
      Object.assign(Object.create(null) as Record<string, string>, {
        ':status': status === 101 ? '200' : String(status),
      }),
    )
    const bodiless = this.#head || status === 204 || status === 304
    const end = endStream || bodiless
    const stream = this.#stream
    // As in HTTP/1, a body with a length has no trailers, unless it is gRPC's: waiting for them costs a frame and two events.
    this.#takesTrailers = !end && (!headers.has('content-length') || isGrpc(headers.get('content-type')))
    stream.respond(object, { endStream: end, waitForTrailers: this.#takesTrailers })
    if (end) {
      this.#end()
      this.#stopRequest()
      return
    }
    stream.on('drain', onDrain)
    if (this.#takesTrailers) stream.on('wantTrailers', onWantTrailers)
    else if (!this.#requestDone) stream.on('finish', onFinish)
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.over || this.#responseDone) return true
    this.wireBytesSent += chunk.length + 9
    // The chunk is lent; the session keeps what it is given until the window allows.
    const copy = chunk.length === 0 ? undefined : Buffer.from(chunk)
    if (endStream) {
      this.#stream.end(copy)
      this.#end()
      return true
    }
    const room = copy === undefined || this.#stream.write(copy)
    if (!room) this.#blocked = true
    return room
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.over || this.#responseDone) return
    this.#trailers = trailers
    this.#stream.end()
    this.#end()
  }

  reset(reason: ResetReason): void {
    if (this.over) return
    this.over = true
    setImmediate(closeStream, this.#stream, codeOfReset(reason))
    this.connection.streamReset(false)
    this.connection.streamOver()
  }

  readDisable(disable: boolean): void {
    this.#disables += disable ? 1 : -1
    if (this.over) return
    if (disable && this.#disables === 1) this.#stream.pause()
    else if (!disable && this.#disables === 0) this.#stream.resume()
  }

  #end(): void {
    this.#responseDone = true
    // What still comes of the request is thrown away.
    if (!this.#requestDone) {
      this.#stream.removeListener('data', onData)
      this.#stream.resume()
    }
    this.over = true
    this.connection.streamOver()
  }

  /** Tells a request that is still coming to stop: a turn later, for a reset overtakes the frames of its own turn. */
  #stopRequest(): void {
    if (!this.#requestDone) setImmediate(closeStream, this.#stream, constants.NGHTTP2_NO_ERROR)
  }

  /** @internal */
  received(chunk: Uint8Array): void {
    if (!this.over) this.connection.inBatch(() => this.decoder?.onData(chunk, false))
  }
  /** @internal */
  ended(): void {
    if (this.#requestDone || this.over) return
    this.#requestDone = true
    const trailers = this.#received
    this.connection.inBatch(() =>
      trailers === undefined ? this.decoder?.onData(EMPTY, true) : this.decoder?.onTrailers(trailers),
    )
  }
  /** @internal */
  trailersReceived(raw: readonly string[]): void {
    this.#received = trailersFrom(raw)
    this.connection.trailersReceived()
  }
  /** @internal */
  drained(): void {
    if (this.over || !this.#blocked) return
    this.#blocked = false
    this.connection.inBatch(() => this.decoder?.onWritable())
  }
  /** @internal */
  sendTrailers(): void {
    const trailers = this.#trailers
    // A response that was cut off must not look whole.
    if (!this.#responseDone || this.#stream.destroyed) return
    this.#stream.sendTrailers(trailers === undefined ? {} : outgoing(trailers))
    this.#stopRequest()
  }
  /** @internal All of the response was written, and no trailers are to come. */
  finished(): void {
    this.#stopRequest()
  }
  /** @internal */
  closed(): void {
    if (this.over) return
    this.over = true
    const code = this.#stream.rstCode
    if (!this.connection.closed) this.connection.streamReset(true)
    this.connection.inBatch(() =>
      this.decoder?.onReset(
        this.connection.closed ? 'connection termination' : resetOfCode(code),
        'http2.remote_reset',
      ),
    )
    this.connection.streamOver()
  }
}

function isGrpc(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/grpc') ?? false
}

/** A turn later: reset from within its own events, a stream whose other side has ended aborts Node. */
function closeStream(stream: ServerHttp2Stream, code: number): void {
  stream.close(code)
}

function onData(this: Owned, chunk: Uint8Array): void {
  this[OWNER].received(chunk)
}
function onEnd(this: Owned): void {
  this[OWNER].ended()
}
function onTrailers(this: Owned, _headers: unknown, _flags: number, raw: readonly string[]): void {
  this[OWNER].trailersReceived(raw)
}
function onDrain(this: Owned): void {
  this[OWNER].drained()
}
function onWantTrailers(this: Owned): void {
  this[OWNER].sendTrailers()
}
function onFinish(this: Owned): void {
  this[OWNER].finished()
}
function onClose(this: Owned): void {
  this[OWNER].closed()
}
function onError(): void {
  // 'close' follows and says what there is to say.
}
