import { write } from 'node:fs'
import type { Logger, Timer, TimeSource } from '@nuncio/core'
import { closeDescriptor, type Descriptor, openForAppending, systemCode } from './descriptor.ts'
import type { FileStats } from './file-stats.ts'
import { type Chunk, LineBuffer } from './line-buffer.ts'

/** One file, and how its lines are written. */
export interface LogFileOptions {
  readonly path: string
  readonly time: TimeSource
  /** How long a line waits for others before it is written. */
  readonly flushIntervalMs: number
  readonly stats: FileStats
  readonly logger: Logger
  /** Bytes that may wait; 8 MiB by default. */
  readonly maxBuffered?: number | undefined
}

/** A pipe whose reader is slow is tried again after this. */
const RETRY_MS = 50
/** A file that could not be opened, or took only a part of a chunk, is tried again after this. */
const TROUBLE_MS = 1000

/**
 * A file that lines are appended to in the background. Writing never blocks and never throws: lines are buffered, go out
 * in chunks of 64 KiB or after the flush interval, and are counted and dropped when the file takes none (full disk, FIFO
 * without a reader, vanished directory). Order is kept. A line that a full disk cut in two is completed when there is
 * room again.
 */
export class LogFile {
  readonly path: string
  readonly #options: LogFileOptions
  readonly #buffer: LineBuffer
  #descriptor: Descriptor | undefined
  /** The chunk that goes out, and how much of it is out. */
  #chunk: Chunk | undefined = undefined
  #written = 0
  /** A write is on its way. */
  #busy = false
  /** What `reopen` replaced while a write to it was on its way. */
  #retired: Descriptor | undefined = undefined
  /** Nothing is tried before the timer fires. */
  #blocked = false
  #timer: Timer | undefined = undefined
  #retryAt = -Infinity
  #complained = false
  #closed = false
  #waiting: (() => void)[] = []

  /** `descriptor` is undefined for a file that cannot be opened yet. */
  constructor(options: LogFileOptions, descriptor: Descriptor | undefined) {
    this.path = options.path
    this.#options = options
    this.#buffer = new LineBuffer(options.maxBuffered)
    this.#descriptor = descriptor
    if (descriptor === undefined) this.#retryAt = options.time.monotonicMs() + TROUBLE_MS
  }

  /** Takes a line, its newline included, as bytes in Latin-1 text. */
  write(line: string): void {
    const { stats } = this.#options
    if (this.#closed || !this.#buffer.push(line)) {
      stats.linesDropped.inc()
      return
    }
    stats.writeBuffered.inc()
    stats.writeTotalBuffered.set(stats.writeTotalBuffered.value + line.length)
    if (this.#busy || this.#blocked) return
    if (this.#buffer.hasFullChunk) this.#next()
    else this.#timer ??= this.#options.time.setTimer(this.#options.flushIntervalMs, this.#onTimer)
  }

  /** Writes what waits; settles when all of it is written or lost. With a slow reader that lasts until it has read. */
  flush(): Promise<void> {
    const settled = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#blocked = false
    this.#next()
    return settled
  }

  /** Opens the path anew, as log rotation wants it, and keeps the old file when that fails. */
  reopen(): void {
    const fresh = this.#open()
    if (fresh === undefined) {
      this.#options.stats.reopenFailed.inc()
      return
    }
    const old = this.#descriptor
    this.#descriptor = fresh
    if (old === undefined) return
    if (!this.#busy) {
      this.#skipTornLine()
      closeDescriptor(old)
    } else if (this.#retired === undefined) this.#retired = old
    else closeDescriptor(old)
  }

  /** Flushes and closes; later lines are dropped. What a slow reader has not taken by then is given up. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
    this.#stopTimer()
    if (this.#descriptor !== undefined) closeDescriptor(this.#descriptor)
    this.#descriptor = undefined
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.#blocked = false
    this.#options.stats.flushedByTimer.inc()
    this.#next()
  }

  #next(): void {
    if (this.#busy) return
    this.#stopTimer()
    this.#chunk ??= this.#buffer.take()
    if (this.#chunk === undefined) return this.#settle()
    if (this.#descriptor === undefined && this.#options.time.monotonicMs() >= this.#retryAt)
      this.#descriptor = this.#open()
    if (this.#descriptor === undefined) return this.#dropAll()
    this.#busy = true
    const { bytes, used } = this.#chunk
    write(this.#descriptor.fd, bytes, this.#written, used - this.#written, null, this.#onWritten)
  }

  readonly #onWritten = (error: Error | null, bytes: number): void => {
    this.#busy = false
    if (error === null) this.#written += bytes
    if (this.#retired !== undefined) this.#retire()
    if (error !== null) return this.#onError(error)
    if (this.#chunk !== undefined && this.#written < this.#chunk.used) return this.#next()
    this.#complained = false
    this.#options.stats.writeCompleted.inc()
    if (this.#chunk !== undefined) this.#release()
    if (this.#waiting.length > 0 || this.#buffer.hasFullChunk) this.#next()
    else if (this.#buffer.bytes > 0) this.#wait(this.#options.flushIntervalMs)
  }

  #onError(error: Error): void {
    const code = systemCode(error)
    if (code === 'EINTR') return this.#next()
    if (code === 'EAGAIN' && !this.#closed) return this.#block(RETRY_MS)
    this.#options.stats.writeFailed.inc()
    this.#complain(code)
    if (this.#written > 0 && !this.#closed && code !== 'EPIPE') return this.#block(TROUBLE_MS)
    if (this.#chunk !== undefined) this.#drop(this.#chunk)
    if (code === 'EPIPE' || code === 'EBADF') this.#giveUpDescriptor()
    // The next chunk may fit, or fail for itself; a disk that is full costs one failed write each.
    this.#next()
  }

  #open(): Descriptor | undefined {
    try {
      return openForAppending(this.path)
    } catch (error) {
      this.#retryAt = this.#options.time.monotonicMs() + TROUBLE_MS
      this.#complain(systemCode(error))
      return undefined
    }
  }

  /** The file that a write went to was replaced meanwhile. */
  #retire(): void {
    closeDescriptor(this.#retired!)
    this.#retired = undefined
    if (this.#written < this.#chunk!.used) this.#skipTornLine()
  }

  #giveUpDescriptor(): void {
    if (this.#descriptor !== undefined) closeDescriptor(this.#descriptor)
    this.#descriptor = undefined
  }

  #block(ms: number): void {
    this.#blocked = true
    this.#wait(ms)
  }

  #wait(ms: number): void {
    this.#timer ??= this.#options.time.setTimer(ms, this.#onTimer)
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #dropAll(): void {
    for (let chunk = this.#chunk; chunk !== undefined; chunk = this.#buffer.take()) this.#drop(chunk)
    this.#settle()
  }

  #drop(chunk: Chunk): void {
    this.#options.stats.linesDropped.add(chunk.lines)
    this.#chunk = chunk
    this.#release()
  }

  #release(): void {
    const chunk = this.#chunk!
    const { writeTotalBuffered } = this.#options.stats
    writeTotalBuffered.set(writeTotalBuffered.value - chunk.used)
    this.#buffer.release(chunk)
    this.#chunk = undefined
    this.#written = 0
  }

  /** The rest of a line whose beginning is in another file is of no use in this one. */
  #skipTornLine(): void {
    if (this.#chunk === undefined || this.#written === 0) return
    const end = this.#chunk.bytes.subarray(0, this.#chunk.used).indexOf(10, this.#written)
    this.#options.stats.linesDropped.inc()
    if (end < 0 || end + 1 >= this.#chunk.used) this.#release()
    else this.#written = end + 1
  }

  #settle(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** One line in the log until a write succeeds again. */
  #complain(code: string): void {
    if (this.#complained) return
    this.#complained = true
    this.#options.logger.log('warning', `cannot write to ${this.path}: ${code === '' ? 'unknown error' : code}`)
  }
}
