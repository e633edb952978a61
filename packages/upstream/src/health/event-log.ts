import { createWriteStream, type WriteStream } from 'node:fs'
import type { Logger } from '@nuncio/core'

/** Where events of health checks and outlier detection are written: one JSON line each. */
export interface EventLogs {
  /** Adds a line to the file at `path`, which is opened when first written to. */
  write(path: string, event: object): void
  /** Settles when everything is written. */
  close(): Promise<void>
}

/** Lines that wait for a file at most; what comes beyond is dropped and counted in one log line. */
const MAX_WAITING = 1 << 20

/** Appends to files. One that cannot be written to is reported once and ignored from then on. */
export class FileEventLogs implements EventLogs {
  readonly #logger: Logger
  readonly #files = new Map<string, WriteStream>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  write(path: string, event: object): void {
    const file = this.#files.get(path) ?? this.#open(path)
    if (file.destroyed || file.writableLength > MAX_WAITING) return
    file.write(`${eventLine(event)}\n`)
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    await Promise.all(
      files.map((file) => new Promise<void>((resolve) => (file.destroyed ? resolve() : file.end(() => resolve())))),
    )
  }

  #open(path: string): WriteStream {
    const file = createWriteStream(path, { flags: 'a' })
    file.on('error', (error: NodeJS.ErrnoException) => {
      this.#logger.log('warning', `cannot write events to ${path}: ${error.code ?? error.message}`)
    })
    this.#files.set(path, file)
    return file
  }
}

/** An event as JSON; `timestamp`, which is milliseconds here, as RFC 3339 has it. */
function eventLine(event: object): string {
  const { timestamp } = event as { timestamp?: unknown }
  return JSON.stringify(
    typeof timestamp === 'number' ? { ...event, timestamp: new Date(timestamp).toISOString() } : event,
  )
}
