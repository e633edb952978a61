import { LocalReply } from '../local-reply.ts'
import type { DataVerdict, HttpFilter, Verdict } from '../filter.ts'

/** A part of a body that waits, and the first filter that has not seen it. */
interface Waiting {
  at: number
  chunk: Uint8Array
  end: boolean
}

const EMPTY = new Uint8Array(0)

/**
 * One direction of one stream through its filters: headers, then data, then trailers, each in order and none
 * overtaking another. Made only for directions in which some filter has a hook.
 *
 * Headers go first; while a filter holds them, data waits at the entry (or, when that filter buffers, runs up to it and
 * collects there). A filter may also hold a chunk; what comes later queues behind it. Everything that waits is copied,
 * counted, and past the limit stops the reading of the peer.
 */
export abstract class Pipe {
  readonly #filters: readonly HttpFilter[]
  /** Filters that have let the headers pass; `#filters.length` once they were emitted. */
  #headersAt = 0
  #headersEnd = false
  #headersOut = false
  /** A promise of a data or trailers hook is out. */
  #held = false
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #paused = false
  #trailers = false
  #trailersAt = -1
  #dead = false
  #limit: number
  /** Filter whose hook is running or holds; injected data goes behind it. */
  #current = 0
  #injected: Uint8Array[] | undefined = undefined
  // What `buffer` collects in front of the filter that holds the headers.
  #collect: ((body: Uint8Array | undefined) => void) | undefined = undefined
  #collectLimit = 0
  #body: Uint8Array[] | undefined = undefined
  #bodyBytes = 0
  #bodyEnd = false

  constructor(filters: readonly HttpFilter[], limitBytes: number) {
    this.#filters = filters
    this.#limit = limitBytes
  }

  protected abstract callHeaders(filter: HttpFilter, end: boolean): Verdict
  protected abstract callData(filter: HttpFilter, chunk: Uint8Array, end: boolean): DataVerdict
  protected abstract callTrailers(filter: HttpFilter): Verdict
  protected abstract emitHeaders(end: boolean): void
  protected abstract emitData(chunk: Uint8Array, end: boolean): void
  protected abstract emitTrailers(): void
  protected abstract pause(paused: boolean): void
  protected abstract reply(reply: LocalReply): void
  protected abstract fail(filter: HttpFilter, error: unknown): void
  /** A filter goes on reading the chunk that it was lent: its memory may not be used again. */
  protected abstract chunkKept(): void

  /** Whether the headers are through. */
  get headersOut(): boolean {
    return this.#headersOut
  }
  /** Whether nothing waits: what is handed in now comes out now. */
  get flowing(): boolean {
    return this.#headersOut && !this.#held && this.#waiting.length === 0
  }
  /** Bytes of the body that it keeps. */
  get heldBytes(): number {
    return this.#dead ? 0 : this.#waitingBytes
  }
  get paused(): boolean {
    return this.#paused
  }

  /** Nothing is called or emitted any more. */
  kill(): void {
    this.#dead = true
    this.#waiting = []
    this.#body = undefined
    const collect = this.#collect
    this.#collect = undefined
    collect?.(undefined)
  }

  headers(end: boolean): void {
    this.#headersEnd = end
    this.#runHeaders(0)
  }

  data(chunk: Uint8Array, end: boolean): void {
    if (this.#dead) return
    if (this.flowing) {
      this.#flow(0, this.#filters.length, chunk, end)
      return
    }
    this.#wait({ at: 0, chunk: copy(chunk), end }, false)
    this.#pump()
  }

  trailers(): void {
    if (this.#dead) return
    this.#trailers = true
    this.#pump()
  }

  /** Collects the body in front of the filter that is handling headers now. */
  buffer(maxBytes: number): Promise<Uint8Array | undefined> {
    if (this.#body !== undefined) return Promise.reject(new Error('the body is being buffered already'))
    this.#body = []
    this.#bodyBytes = 0
    if (this.#headersEnd) return Promise.resolve(EMPTY)
    this.#collectLimit = maxBytes
    return new Promise((resolve) => {
      this.#collect = resolve
      // What already waits at the entry belongs to the body; it can run once the hook has returned its promise.
      if (this.#waiting.length > 0 || this.#trailers) void Promise.resolve().then(() => this.#pump())
    })
  }

  /** What was collected by now. */
  get buffered(): Uint8Array {
    return this.#body === undefined ? EMPTY : join(this.#body, this.#bodyBytes)
  }

  /** Replaces the collected body. */
  setBody(body: Uint8Array): void {
    this.#body = [body]
    this.#bodyBytes = body.length
    if (this.#headersEnd) {
      this.#headersEnd = false
      this.#bodyEnd = true
    }
  }

  /** Puts data behind the current filter. */
  inject(chunk: Uint8Array): void {
    ;(this.#injected ??= []).push(chunk)
  }

  #runHeaders(from: number): void {
    for (let i = from; i < this.#filters.length; i++) {
      const filter = this.#filters[i]!
      this.#current = this.#headersAt = i
      let verdict: Verdict
      try {
        verdict = this.callHeaders(filter, this.#headersEnd)
      } catch (error) {
        return this.fail(filter, error)
      }
      if (this.#dead) return
      if (verdict === undefined) continue
      if (verdict instanceof LocalReply) return this.reply(verdict)
      verdict.then(
        (late) => this.#headersSettled(late),
        (error: unknown) => this.#dead || this.fail(filter, error),
      )
      return
    }
    this.#headersAt = this.#filters.length
    this.#headersOut = true
    this.emitHeaders(this.#headersEnd)
    if (!this.#dead) this.#pump()
  }

  #headersSettled(late: void | LocalReply): void {
    if (this.#dead) return
    if (late !== undefined) return this.reply(late)
    this.#releaseBody()
    this.#runHeaders(this.#headersAt + 1)
  }

  /** The collected body goes on behind the filter that collected it, ahead of everything that came later. */
  #releaseBody(): void {
    const body = this.#body
    this.#body = this.#collect = undefined
    if (body === undefined) return
    this.#waitingBytes -= this.#bodyBytes
    if (this.#bodyBytes > 0 || this.#bodyEnd) {
      this.#wait({ at: this.#headersAt + 1, chunk: join(body, this.#bodyBytes), end: this.#bodyEnd }, true)
    }
    this.#bodyEnd = false
  }

  #wait(item: Waiting, first: boolean): void {
    if (first) this.#waiting.unshift(item)
    else this.#waiting.push(item)
    this.#waitingBytes += item.chunk.length
    this.#press()
  }

  #press(): void {
    const limit = this.#collect === undefined ? this.#limit : Math.max(this.#limit, this.#collectLimit)
    const full = this.#waitingBytes > limit
    if (full === this.#paused) return
    this.#paused = full
    this.pause(full)
  }

  #pump(): void {
    while (!this.#dead && !this.#held) {
      const item = this.#waiting[0]
      const limit = this.#headersOut ? this.#filters.length : this.#collect === undefined ? -1 : this.#headersAt
      if (item === undefined || item.at > limit) break
      this.#waiting.shift()
      this.#waitingBytes -= item.chunk.length
      this.#flow(item.at, limit, item.chunk, item.end)
    }
    if (this.#dead) return
    this.#press()
    if (this.#held || this.#waiting.length > 0 || !this.#trailers) return
    if (this.#headersOut) this.#runTrailers(this.#trailersAt + 1)
    else if (this.#collect !== undefined) this.#collected()
  }

  #flow(from: number, limit: number, chunk: Uint8Array, end: boolean): void {
    for (let i = from; i < limit; i++) {
      const filter = this.#filters[i]!
      this.#current = i
      let verdict: DataVerdict
      try {
        verdict = this.callData(filter, chunk, end)
      } catch (error) {
        return this.fail(filter, error)
      }
      if (this.#dead) return
      if (verdict !== undefined) {
        if (verdict instanceof LocalReply) return this.reply(verdict)
        if (!(verdict instanceof Uint8Array)) {
          // The filter may read the chunk until its promise settles; what goes on afterwards is a copy.
          this.chunkKept()
          return this.#holdData(filter, verdict, { at: i + 1, chunk: copy(chunk), end })
        }
        chunk = verdict
      }
      // A hook that made trailers with the last chunk: the end comes with them.
      if (end && this.#trailers) end = false
      if (this.#injected !== undefined) return this.#spread(i + 1, chunk, end)
      if (chunk.length === 0 && !end) return
    }
    if (limit === this.#filters.length) {
      if (chunk.length > 0 || end) this.emitData(chunk, end)
    } else this.#gather(chunk, end)
  }

  /** Data was injected: it and the chunk queue up behind the filter, in that order. */
  #spread(at: number, chunk: Uint8Array, end: boolean): void {
    const injected = this.#injected!
    this.#injected = undefined
    if (chunk.length > 0 || end) this.#wait({ at, chunk: copy(chunk), end }, true)
    for (let k = injected.length - 1; k >= 0; k--) this.#wait({ at, chunk: injected[k]!, end: false }, true)
    this.#pump()
  }

  #holdData(filter: HttpFilter, promise: Promise<void | Uint8Array | LocalReply>, item: Waiting): void {
    this.#held = true
    const settle = (late: void | Uint8Array | LocalReply): void => {
      if (this.#dead) return
      this.#held = false
      if (late instanceof LocalReply) return this.reply(late)
      const chunk = late ?? item.chunk
      const injected = this.#injected
      this.#injected = undefined
      const end = item.end && !this.#trailers
      if (chunk.length > 0 || end) this.#wait({ at: item.at, chunk, end }, true)
      if (injected !== undefined)
        for (let k = injected.length - 1; k >= 0; k--)
          this.#wait({ at: item.at, chunk: injected[k]!, end: false }, true)
      this.#pump()
    }
    promise.then(settle, (error: unknown) => this.#dead || this.fail(filter, error))
  }

  #gather(chunk: Uint8Array, end: boolean): void {
    this.#body!.push(copy(chunk))
    this.#bodyBytes += chunk.length
    this.#waitingBytes += chunk.length
    if (end) this.#bodyEnd = true
    if (this.#bodyBytes > this.#collectLimit) {
      const collect = this.#collect!
      this.#collect = undefined
      collect(undefined)
    } else if (end) this.#collected()
  }

  #collected(): void {
    const collect = this.#collect!
    this.#collect = undefined
    const whole = join(this.#body!, this.#bodyBytes)
    this.#body = [whole]
    collect(whole)
  }

  #runTrailers(from: number): void {
    for (let i = from; i < this.#filters.length; i++) {
      const filter = this.#filters[i]!
      this.#current = this.#trailersAt = i
      let verdict: Verdict
      try {
        verdict = this.callTrailers(filter)
      } catch (error) {
        return this.fail(filter, error)
      }
      if (this.#dead) return
      if (verdict instanceof LocalReply) return this.reply(verdict)
      if (verdict !== undefined) {
        this.#held = true
        verdict.then(
          (late) => this.#trailersSettled(late),
          (error: unknown) => this.#dead || this.fail(filter, error),
        )
        return
      }
      if (this.#injected !== undefined) return this.#spread(i + 1, EMPTY, false)
    }
    this.#trailersAt = this.#filters.length
    this.#trailers = false
    this.emitTrailers()
  }

  #trailersSettled(late: void | LocalReply): void {
    if (this.#dead) return
    this.#held = false
    if (late !== undefined) return this.reply(late)
    if (this.#injected !== undefined) return this.#spread(this.#trailersAt + 1, EMPTY, false)
    this.#runTrailers(this.#trailersAt + 1)
  }

  /** Trailers were made by a filter in the data hook that saw the end. */
  addTrailers(): void {
    this.#trailers = true
    this.#trailersAt = this.#current
    void Promise.resolve().then(() => this.#pump())
  }
}

function copy(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk)
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const out = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
