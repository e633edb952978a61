import { type DataAnswer, type DataVerdict, MoreData } from '@nuncio/filter-chain'
import { setImmediate } from 'node:timers/promises'
import { BodyTooLargeError } from './body-too-large.ts'

/** What a relay asks of the stream while the headers are held. */
export interface HeldBody {
  /** Shows what arrives; `bodyOver` says that only trailers follow. */
  open(bodyOver: () => void): void
  /** Forgets what was let through by now. */
  drop(): void
}

const EMPTY = new Uint8Array(0)

/**
 * One direction's body between the chain and a handler. `source` is what the handler reads. Until it is known what goes
 * on, what was read is kept; then the body passes as it is, or another one, made of it or not, goes in its place: each
 * piece as soon as it is there, and the next chunk is taken when the handler has asked for it.
 */
export class BodyRelay {
  /** Undefined when there is no body. */
  readonly source: ReadableStream<Uint8Array> | undefined
  readonly #held: HeldBody
  readonly #maxBytes: number
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #phase: 'undecided' | 'passing' | 'replacing' = 'undecided'
  #opened = false
  #keptBytes = 0
  /** The handler waits for a chunk, or wants none any more. */
  #wanted = false
  #sourceOver = false
  #output: ReadableStreamDefaultReader<Uint8Array> | undefined = undefined
  #ready: Uint8Array | undefined = undefined
  #outputOver = false
  #failure: { readonly error: unknown } | undefined = undefined
  #wake: (() => void) | undefined = undefined

  constructor(empty: boolean, maxBytes: number, held: HeldBody) {
    this.#maxBytes = maxBytes
    this.#held = held
    if (empty) return
    this.source = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pulled(),
        cancel: () => this.#cancelled(),
      },
      { highWaterMark: 0 },
    )
  }

  /** The body goes on as it is; nothing more of it is shown. */
  pass(): void {
    this.#phase = 'passing'
    if (this.#wanted) this.#fail(goneOn())
    this.#changed()
  }

  /** This goes on in its place. */
  replace(body: ReadableStream<Uint8Array> | null): void {
    this.#phase = 'replacing'
    this.#held.drop()
    this.#output = body?.getReader()
    this.#readOn()
    this.#changed()
  }

  data(chunk: Uint8Array, end: boolean): DataVerdict {
    if (this.#phase === 'passing') return undefined
    if (this.#phase === 'undecided') this.#count(chunk.length)
    if (chunk.length > 0) this.#feed(chunk)
    if (end) this.close()
    return this.#phase === 'undecided' ? this.#undecided(end) : this.#replaced(end)
  }

  /** Trailers arrived: what is left of the output goes before them. */
  async trailers(add: (chunk: Uint8Array) => void): Promise<void> {
    this.close()
    for (;;) {
      const chunk = this.#take()
      if (chunk !== undefined) add(chunk)
      else if (this.#outputOver) return
      // oxlint-disable-next-line no-await-in-loop -- each look needs the change before it
      else await this.#change()
    }
  }

  /** Whether more came than may be read ahead. */
  get tooLarge(): boolean {
    return this.#keptBytes > this.#maxBytes
  }

  get passing(): boolean {
    return this.#phase === 'passing'
  }

  /** Nothing follows. */
  close(): void {
    if (this.#sourceOver || this.source === undefined) return
    this.#sourceOver = true
    this.#controller.close()
  }

  /** The stream is over: whoever reads or writes is told. */
  abort(reason: unknown): void {
    this.#fail(reason)
    this.#output?.cancel(reason).catch(() => {})
  }

  #count(bytes: number): void {
    this.#keptBytes += bytes
    if (!this.tooLarge) return
    this.#wanted = false
    this.#fail(new BodyTooLargeError(this.#maxBytes))
  }

  async #undecided(end: boolean): Promise<DataAnswer> {
    const waits = (): boolean => this.#phase === 'undecided' && (end || !this.#wanted)
    // oxlint-disable-next-line no-await-in-loop -- each look needs the change before it
    while (waits()) await this.#change()
    return this.#phase === 'replacing' ? await this.#replaced(end) : undefined
  }

  async #replaced(end: boolean): Promise<DataAnswer> {
    for (;;) {
      const chunk = this.#take()
      if (chunk !== undefined) return new MoreData(chunk)
      if (this.#outputOver) return EMPTY
      // oxlint-disable-next-line no-await-in-loop -- each look needs the change before it
      if (end || !this.#wanted) await this.#change()
      else {
        // oxlint-disable-next-line no-await-in-loop -- what was asked for before comes within this turn
        await setImmediate()
        if (this.#ready === undefined && this.#failure === undefined) return EMPTY
      }
    }
  }

  #feed(chunk: Uint8Array): void {
    if (this.#sourceOver) return
    this.#wanted = false
    this.#controller.enqueue(chunk.slice())
  }

  #pulled(): void {
    if (this.#phase === 'passing') return this.#fail(goneOn())
    if (!this.#opened && this.#phase === 'undecided') {
      this.#opened = true
      this.#held.open(() => this.close())
    }
    this.#wanted = true
    this.#changed()
  }

  #cancelled(): void {
    this.#sourceOver = true
    this.#wanted = true
    this.#changed()
  }

  #fail(error: unknown): void {
    if (this.#sourceOver || this.source === undefined) return
    this.#sourceOver = true
    this.#controller.error(error)
  }

  #take(): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure.error
    const chunk = this.#ready
    if (chunk === undefined) return undefined
    this.#ready = undefined
    this.#readOn()
    return chunk
  }

  #readOn(): void {
    if (this.#output === undefined) this.#outputOver = true
    else void this.#read(this.#output)
  }

  /** Until the next piece, or the end. */
  async #read(output: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await output.read()
      if (done) this.#outputOver = true
      else if (!(value instanceof Uint8Array)) throw new TypeError('a body is made of Uint8Array')
      else if (value.length === 0) return await this.#read(output)
      else this.#ready = value
    } catch (error) {
      this.#failure = { error }
    }
    this.#changed()
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  #changed(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

function goneOn(): TypeError {
  return new TypeError('the body has gone on: read it before, or put another in its place')
}

/** Reads a body that has to be there whole. Rejects with a `BodyTooLargeError`. */
export async function readWhole(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return EMPTY
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks, bytes))
}
