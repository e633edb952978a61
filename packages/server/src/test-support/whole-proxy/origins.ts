import {
  type HeaderMap,
  type RequestDecoder,
  type RequestHeaders,
  type ResetReason,
  type ResponseEncoder,
  responseHeaders,
} from '@nuncio/core'
import { answerLength, trailersOf } from './exchange.ts'
import { bodyOf, checkBody, type Plan } from './plans.ts'

/** Who knows how requests are to go, and how often each has been tried. */
export interface Book {
  readonly plans: readonly Plan[]
  readonly tries: number[]
}

/** A try of a request as the origin sees it. */
export class Served implements RequestDecoder {
  readonly #book: Book
  readonly #encoder: ResponseEncoder & { readonly headersSent: boolean }
  plan: Plan | undefined = undefined
  shadow = false
  received = 0
  /** The request has come as a whole. */
  whole = false
  over = false
  #sent = 0
  #status: number = 200
  #fails: Plan['reply']['failure'] | '' = ''
  #begun = false
  #room = true
  #disabled = false

  constructor(book: Book, encoder: ResponseEncoder & { readonly headersSent: boolean }) {
    this.#book = book
    this.#encoder = encoder
  }

  onHeaders(headers: RequestHeaders, endStream: boolean): void {
    const id = Number(headers.get('x-id'))
    const plan = (this.plan = this.#book.plans[id])
    if (plan === undefined) throw new Error(`a request that nobody sent: ${headers.path}`)
    if (headers.path !== plan.path && headers.path !== '/plain') throw new Error(`request ${id}: to ${headers.path}`)
    if (headers.method !== plan.method) throw new Error(`request ${id}: with ${headers.method}`)
    this.shadow = headers.authority.includes('-shadow')
    const tries = this.shadow ? 0 : (this.#book.tries[id] = (this.#book.tries[id] ?? 0) + 1)
    if (tries <= plan.reply.failures && !this.shadow) this.#fails = plan.reply.failure
    this.#status = this.#fails === '503' ? 503 : headers.protocol !== '' ? 101 : plan.path === '/redirect' && headers.path !== '/plain' && this.#fails === '' ? 302 : plan.reply.status // prettier-ignore
    if (endStream) this.#wholeRequest()
  }
  onData(chunk: Uint8Array, endStream: boolean): void {
    checkBody(this.plan!.id, true, this.received, chunk)
    this.received += chunk.length
    if (this.whole) throw new Error(`request ${this.plan!.id}: data behind its end`)
    if (endStream) this.#wholeRequest()
  }
  onTrailers(trailers: HeaderMap): void {
    if (trailers.get('x-t') !== String(this.plan!.id)) throw new Error(`request ${this.plan!.id}: other trailers`)
    this.#wholeRequest()
  }
  onReset(_reason: ResetReason, _details: string): void {
    this.over = true
  }
  onWritable(): void {
    this.#room = true
  }

  #wholeRequest(): void {
    const { asks, id } = this.plan!
    this.whole = true
    if (this.received !== asks && this.#status !== 101)
      throw new Error(`request ${id}: whole with ${this.received} of ${asks} bytes`)
  }

  pause(paused: boolean): void {
    if (paused === this.#disabled || this.over || this.whole) return
    this.#disabled = paused
    this.#encoder.readDisable(paused)
  }

  reset(): void {
    if (this.over) return
    this.over = true
    this.#encoder.reset('local reset')
  }

  /** Goes on with the answer by so many bytes; answers whether anything happened. */
  answer(bytes: number): boolean {
    const { plan } = this
    if (this.over || plan === undefined || plan.reply.silent || !this.#room) return false
    // Who tunnels answers at once, and ends when the other side has.
    const tunnel = this.#status === 101
    if (!(this.whole || plan.reply.early || (tunnel && !this.#begun))) return false
    if (!this.#begun) return this.#begin(plan)
    const all = answerLength(plan, this.#status)
    const to = Math.min(all, this.#sent + bytes)
    if (to === this.#sent && to < all) return false
    if (this.#fails === 'cut' && to > all / 2) {
      this.reset()
      return true
    }
    this.#send(plan, to, all)
    return true
  }

  #send({ id, reply }: Plan, to: number, all: number): void {
    const last = to === all && !(reply.lateEnd && to > this.#sent)
    const trailers = last && reply.trailers && this.#status === 200
    const end = last && !trailers
    const chunk = bodyOf(id, false, this.#sent, to)
    this.#sent = to
    if (last) this.over = true
    if (chunk.length > 0 || end) this.#room = this.#encoder.encodeData(chunk, end) || end
    if (trailers) this.#encoder.encodeTrailers(trailersOf(id))
  }

  #begin(plan: Plan): boolean {
    this.#begun = true
    if (this.#fails === 'reset') {
      this.reset()
      return true
    }
    const { reply } = plan
    if (reply.informational) this.#encoder.encodeInformational(responseHeaders(103, [['link', 'x']]))
    const all = answerLength(plan, this.#status)
    const end = all === 0 && !(reply.trailers && this.#status === 200) && this.#status !== 101 && !reply.lateEnd
    const fields: [string, string][] = [['x-origin', String(plan.id)]]
    if (reply.length && this.#status === 200) fields.push(['content-length', String(reply.bytes)])
    if (this.#status === 302) fields.push(['location', 'http://a.test/plain'])
    if (end) this.over = true
    this.#encoder.encodeHeaders(responseHeaders(this.#status, fields), end)
    return true
  }
}
