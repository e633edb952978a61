import { type HeaderMap, type RequestDecoder, type RequestHeaders, StatsStore } from '@nuncio/core'
import { type Http2Options, http2Options } from '../http2/options.ts'
import { type Http2ServerCallbacks, Http2ServerConnection } from '../http2/server-connection.ts'
import type { Http2ServerStream } from '../http2/server-stream.ts'
import { Http2Stats } from '../http2/http2-stats.ts'
import { WriteBatch } from '../write-batch.ts'
import { type Frame, frame, FRAME, framesIn } from './http2-frames.ts'
import { MemorySocket } from './memory-socket.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** A request as a server connection handed it over. */
export class ReceivedRequest implements RequestDecoder {
  readonly stream: Http2ServerStream
  headers!: RequestHeaders
  /** What was told, in order: `headers`, `data TEXT`, `trailers`, `reset REASON DETAILS`, `writable`, with ` end`. */
  readonly lines: string[] = []
  trailers: HeaderMap | undefined = undefined
  body = ''
  onHead: (() => void) | undefined = undefined

  constructor(stream: Http2ServerStream) {
    this.stream = stream
  }
  onHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.headers = headers
    this.lines.push(`headers${endStream ? ' end' : ''}`)
    this.onHead?.()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    const text = Buffer.from(chunk).toString('latin1')
    this.body += text
    this.lines.push(`data ${text}${endStream ? ' end' : ''}`)
  }
  onTrailers(trailers: HeaderMap): void {
    this.trailers = trailers
    this.lines.push('trailers')
  }
  onReset(reason: string, details: string): void {
    this.lines.push(`reset ${reason} ${details}`.trim())
  }
  onWritable(): void {
    this.lines.push('writable')
  }
}

/** A server connection without a network: frames go in, frames come out. */
export class MemoryHttp2Server implements Http2ServerCallbacks {
  readonly socket = new MemorySocket()
  readonly store = new StatsStore()
  readonly connection: Http2ServerConnection
  readonly requests: ReceivedRequest[] = []
  /** Rules that were broken: details, with ` alone` when only a stream suffered. */
  readonly violations: string[] = []
  /** Streams whose heads were refused: `NUMBER details`. */
  readonly refusedHeads: string[] = []
  onHead: ((request: ReceivedRequest) => void) | undefined = undefined
  finishing = false
  closed = false
  flushWaits = 0
  nowMs = 0

  constructor(options: Partial<Http2Options> = {}) {
    const batch = new WriteBatch({ monotonicMs: () => this.nowMs })
    const stats = new Http2Stats(this.store.scope('http2.'))
    this.connection = new Http2ServerConnection(this.socket, this, { options: http2Options(options), stats, batch, secure: false }) // prettier-ignore
    this.connection.start()
  }

  /** Sends the preface and settings of the client. */
  hello(settings: Uint8Array = new Uint8Array(0)): this {
    return this.send(PREFACE, frame(FRAME.SETTINGS, 0, 0, settings))
  }
  send(...frames: readonly Uint8Array[]): this {
    this.socket.push(Buffer.concat(frames))
    return this
  }

  /** All that was sent so far. */
  get frames(): Frame[] {
    const frames: Frame[] = []
    framesIn(Buffer.from(this.socket.sent, 'latin1'), frames)
    return frames
  }
  /** As `frames`, without what every connection begins with, as text: `TYPE[STREAM]`, with the code of resets. */
  get told(): string[] {
    return this.frames.filter(({ type, flags, stream, payload }) => !(type === FRAME.SETTINGS || (type === FRAME.WINDOW_UPDATE && stream === 0 && payload.readUInt32BE(0) > 20_000_000) || flags > 5)).map(describe) // prettier-ignore
  }
  stat(name: string): number {
    return (this.store.counters.get(`http2.${name}`) ?? this.store.gauges.get(`http2.${name}`))?.value ?? Number.NaN
  }

  onRequest(stream: Http2ServerStream): RequestDecoder {
    const request = new ReceivedRequest(stream)
    this.requests.push(request)
    if (this.onHead !== undefined) request.onHead = () => this.onHead!(request)
    return request
  }
  onRefusedHead(stream: Http2ServerStream, details: string): void {
    this.refusedHeads.push(`${stream.id} ${details}`)
  }
  onProtocolError(details: string, alone: boolean): void {
    this.violations.push(alone ? `${details} alone` : details)
  }
  onFlushWaits(): void {
    this.flushWaits++
  }
  onFinishing(): void {
    this.finishing = true
  }
  onClose(): void {
    this.closed = true
  }
}

function describe({ type, stream, payload, flags }: Frame): string {
  const name = Object.entries(FRAME).find(([, number]) => number === type)?.[0] ?? String(type)
  const end = (type === FRAME.DATA || type === FRAME.HEADERS) && (flags & 1) !== 0 ? ' end' : ''
  if (type === FRAME.RST_STREAM) return `RST_STREAM[${stream}] ${payload.readUInt32BE(0)}`
  if (type === FRAME.GOAWAY) return `GOAWAY ${payload.readUInt32BE(0)} ${payload.readUInt32BE(4)}`
  if (type === FRAME.DATA) return `DATA[${stream}] ${payload.length}${end}`
  return `${name}[${stream}]${end}`
}
