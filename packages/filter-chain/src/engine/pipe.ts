import { LocalReply } from '../local-reply.ts'
import type { DataAnswer, DataVerdict, HttpFilter, Verdict } from '../filter.ts'
import { MoreData } from '../more-data.ts'

/** A part of a body that waits, and the first filter that has not seen it. */
interface Waiting {
  at: number
  chunk: Uint8Array
  end: boolean
  /** Only asks its filter for more, once there is room. */
  more?: boolean
}

const EMPTY = new Uint8Array(0)

/** Most pipes never queue anything: they share this, and it stays empty. */
const NOTHING: Waiting[] = []

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
  #waiting = NOTHING
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
  /** Set while the filter that holds the headers sees the data already; told when only trailers are left. */
  #bodyOver: (() => void) | undefined = undefined
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
  /** Whether what comes after the last filter has no room. */
  protected abstract get blocked(): boolean
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
    this.#waiting = NOTHING
    this.#body = undefined
    const collect = this.#collect
    this.#collect = this.#bodyOver = undefined
    collect?.(undefined)
  }

  /** There is room again for what `MoreData` promised. */
  resume(): void {
    if (this.#waiting[0]?.more === true) this.#pump()
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
    this.#wait({ at: 0, chunk: copy(chunk), end })
    this.#pump()
  }

  trailers(): void {
    if (this.#dead) return
    this.#trailers = true
    this.#pump()
  }

  /** Collects the body in front of the filter that is handling headers now. */
  buffer(maxBytes: number): Promise<Uint8Array | undefined> {
    if (this.#body !== undefined || this.#bodyOver !== undefined)
      return Promise.reject(new Error('the body is being buffered already'))
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

  /** Shows the filter that is handling headers the data now; what it lets go on waits behind it for the headers. */
  stream(maxBytes: number, bodyOver: () => void): void {
    if (this.#headersEnd) return bodyOver()
    this.#collectLimit = maxBytes
    this.#bodyBytes = 0
    this.#bodyOver = bodyOver
    if (this.#waiting.length > 0 || this.#trailers) void Promise.resolve().then(() => this.#pump())
  }

  /** What was collected by now. */
  get buffered(): Uint8Array {
    return this.#body === undefined ? EMPTY : join(this.#body, this.#bodyBytes)
  }

  /** Replaces the collected body. */
  setBody(body: Uint8Array): void {
    if (this.#body !== undefined) this.#waitingBytes -= this.#bodyBytes
    this.#waitingBytes += body.length
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
    this.#body = this.#collect = this.#bodyOver = undefined
    this.#collectLimit = 0
    if (body === undefined) return
    this.#waitingBytes -= this.#bodyBytes
    if (this.#bodyBytes > 0 || this.#bodyEnd) {
      this.#ahead([{ at: this.#headersAt + 1, chunk: join(body, this.#bodyBytes), end: this.#bodyEnd }])
    }
    this.#bodyEnd = false
  }

  /** Queues what was received last. */
  #wait(item: Waiting): void {
    if (this.#waiting === NOTHING) this.#waiting = []
    this.#waiting.push(item)
    this.#waitingBytes += item.chunk.length
    this.#press()
  }

  /** Queues what is on its way already, behind what is further. */
  #ahead(items: readonly Waiting[]): void {
    if (items.length === 0) return
    if (this.#waiting === NOTHING) this.#waiting = []
    const { at } = items[0]!
    const behind = this.#waiting.findIndex((waiting) => waiting.at < at)
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, ...items)
    for (const { chunk } of items) this.#waitingBytes += chunk.length
    this.#press()
  }

  #press(): void {
    const full = this.#waitingBytes > Math.max(this.#limit, this.#collectLimit)
    if (full === this.#paused) return
    this.#paused = full
    this.pause(full)
  }

  #pump(): void {
    while (!this.#dead && !this.#held) {
      const item = this.#waiting[0]
      const limit = this.#reach
      if (item === undefined || item.at > limit || (item.more === true && this.blocked)) break
      this.#waiting.shift()
      this.#waitingBytes -= item.chunk.length
      this.#flow(item.at, limit, item.chunk, item.end)
    }
    if (this.#dead) return
    this.#press()
    if (this.#held || this.#waiting.length > 0 || !this.#trailers) return
    if (this.#headersOut) this.#runTrailers(this.#trailersAt + 1)
    else if (this.#collect !== undefined) this.#collected()
    else if (this.#bodyOver !== undefined) {
      const over = this.#bodyOver
      this.#bodyOver = undefined
      over()
    }
  }

  /** How many filters data may pass now; -1 = it waits at the entry. */
  get #reach(): number {
    if (this.#headersOut) return this.#filters.length
    if (this.#collect !== undefined) return this.#headersAt
    return this.#bodyOver === undefined ? -1 : this.#headersAt + 1
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
        if (verdict instanceof MoreData) {
          this.#askAgain(i, verdict, end)
          return this.#pump()
        }
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
    if (this.#headersOut) {
      if (chunk.length > 0 || end) this.emitData(chunk, end)
    } else this.#gather(chunk, end)
  }

  #askAgain(at: number, { chunk }: MoreData, end: boolean): void {
    this.#ahead([
      { at: at + 1, chunk, end: false },
      { at, chunk: EMPTY, end, more: true },
    ])
  }

  /** Data was injected: it and the chunk queue up behind the filter, in that order. */
  #spread(at: number, chunk: Uint8Array, end: boolean): void {
    this.#ahead(this.#withInjected(at, copy(chunk), end))
    this.#pump()
  }

  #withInjected(at: number, chunk: Uint8Array, end: boolean): Waiting[] {
    const items = (this.#injected ?? []).map((injected): Waiting => ({ at, chunk: injected, end: false }))
    this.#injected = undefined
    if (chunk.length > 0 || end) items.push({ at, chunk, end })
    return items
  }

  #holdData(filter: HttpFilter, promise: Promise<DataAnswer>, item: Waiting): void {
    this.#held = true
    const settle = (late: DataAnswer): void => {
      if (this.#dead) return
      this.#held = false
      if (late instanceof LocalReply) return this.reply(late)
      if (late instanceof MoreData) {
        this.#askAgain(item.at - 1, late, item.end)
        return this.#pump()
      }
      const chunk = late ?? item.chunk
      this.#ahead(this.#withInjected(item.at, chunk, item.end && !this.#trailers))
      this.#pump()
    }
    promise.then(settle, (error: unknown) => this.#dead || this.fail(filter, error))
  }

  #gather(chunk: Uint8Array, end: boolean): void {
    const body = (this.#body ??= [])
    body.push(copy(chunk))
    this.#bodyBytes += chunk.length
    this.#waitingBytes += chunk.length
    if (end) this.#bodyEnd = true
    const collect = this.#collect
    if (collect === undefined) return
    if (this.#bodyBytes > this.#collectLimit) {
      this.#collect = undefined
      this.#collectLimit = 0
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
