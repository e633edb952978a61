import {
  type HeaderMap,
  HeaderTable,
  type RequestEncoder,
  requestHeaders,
  type ResetReason,
  type ResponseDecoder,
  type ResponseHeaders,
} from '@nuncio/core'
import { bodyOf, checkBody, type Plan, TUNNEL } from './plans.ts'

/** A request as its client sees it. */
export class Exchange implements ResponseDecoder {
  readonly plan: Plan
  encoder: RequestEncoder | undefined = undefined
  /** Bytes of the body that were sent. */
  sent = 0
  sentAll = false
  status = 0
  /** Whether the origin has answered, not the proxy. */
  fromOrigin = false
  received = 0
  /** How it ended; '' = it has not. */
  end: '' | 'whole' | 'reset' = ''
  trailers = false
  #room = true
  #disabled = false

  constructor(plan: Plan) {
    this.plan = plan
  }

  get over(): boolean {
    return this.end !== ''
  }

  begin(encoder: RequestEncoder): void {
    this.encoder = encoder
    const { asks, asksLength, asksTrailers, expects, id, method, path } = this.plan
    const tunnel = path === '/tunnel'
    const headers = requestHeaders([
      [':method', method],
      [':path', path],
      [':authority', 'a.test'],
      [':scheme', 'http'],
      ['x-id', String(id)],
      ...(asksLength && asks > 0 ? [['content-length', String(asks)] as const] : []),
      ...(expects ? [['expect', '100-continue'] as const] : []),
    ])
    if (tunnel) headers.protocol = TUNNEL
    this.sentAll = asks === 0 && !asksTrailers && !tunnel
    encoder.encodeHeaders(headers, this.sentAll)
  }

  /** Somebody else has sent all of it. */
  wrote(): void {
    this.sent = this.plan.asks
    this.sentAll = true
  }

  /** Sends up to so many bytes of the body; answers whether anything was sent. */
  send(bytes: number): boolean {
    if (this.sentAll || this.over || this.encoder === undefined || !this.#room) return false
    const { asks, asksTrailers, id } = this.plan
    const to = Math.min(asks, this.sent + bytes)
    if (to < asks && to === this.sent) return false
    const end = to === asks && !asksTrailers
    const chunk = bodyOf(id, true, this.sent, to)
    this.sent = to
    this.sentAll = to === asks
    if (chunk.length > 0 || end) this.#room = this.encoder.encodeData(chunk, end) || end
    if (this.sentAll && !end) this.encoder.encodeTrailers(trailersOf(id))
    return true
  }

  /** Stops reading the answer, or goes on. */
  pause(paused: boolean): void {
    if (paused === this.#disabled || this.over) return
    this.#disabled = paused
    this.encoder?.readDisable(paused)
  }

  reset(): void {
    if (this.over || this.encoder === undefined) return
    this.end = 'reset'
    this.encoder.reset('local reset')
  }

  onInformational(): void {
    this.#alive('1xx')
  }
  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    this.#alive('head')
    if (this.status > 0) throw new Error(`response ${this.plan.id}: a second head`)
    this.status = headers.status
    this.fromOrigin = headers.has('x-origin')
    if (this.fromOrigin && headers.get('x-origin') !== String(this.plan.id))
      throw new Error(`response ${this.plan.id}: an answer to ${headers.get('x-origin')}`)
    if (endStream) this.#whole()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    this.#alive('data')
    if (this.fromOrigin) checkBody(this.plan.id, false, this.received, chunk)
    this.received += chunk.length
    if (endStream) this.#whole()
  }
  onTrailers(trailers: HeaderMap): void {
    this.#alive('trailers')
    this.trailers = trailers.get('x-t') === String(this.plan.id)
    if (this.fromOrigin && !this.trailers) throw new Error(`response ${this.plan.id}: other trailers`)
    this.#whole()
  }
  onReset(_reason: ResetReason, _details: string): void {
    // A half that has ended may be followed by the other's reset.
    if (this.over && !this.sentAll) return
    this.#alive('reset')
    this.end = 'reset'
  }
  onWritable(): void {
    this.#room = true
  }

  #alive(what: string): void {
    if (this.over) throw new Error(`response ${this.plan.id}: ${what} behind its end`)
  }

  /** A message that is complete for the client was complete at its origin. */
  #whole(): void {
    this.end = 'whole'
    const { id, reply } = this.plan
    // The end of a tunnel over HTTP/1 is the end of its connection, and may be anybody's.
    if (!this.fromOrigin || this.status === 101) return
    const bytes = answerLength(this.plan, this.status)
    if (this.received !== bytes) throw new Error(`response ${id}: whole with ${this.received} of ${bytes} bytes`)
    if (this.trailers && !reply.trailers) throw new Error(`response ${id}: trailers from nowhere`)
  }
}

export function answerLength({ method, reply }: Plan, status: number): number {
  if (status === 101) return reply.bytes
  return method === 'HEAD' || status !== 200 || reply.status !== 200 ? 0 : reply.bytes
}

export function trailersOf(id: number): HeaderTable {
  const table = new HeaderTable()
  table.append('x-t', String(id))
  return table
}
