import type { Logger, StatsScope, TimeSource } from '@nuncio/core'
import { type Descriptor, openForAppending, systemCode } from './descriptor.ts'
import { type FileStats, fileStats } from './file-stats.ts'
import { LogFile } from './log-file.ts'

/** What all files of a process share. */
export interface LogFilesOptions {
  readonly time: TimeSource
  /** The root scope; the numbers are `filesystem.*`. */
  readonly stats: StatsScope
  readonly logger: Logger
  /** How long a line waits for others; 1000 ms by default (Envoy waits 10 000). */
  readonly flushIntervalMs?: number | undefined
  readonly maxBuffered?: number | undefined
}

interface Entry {
  readonly file: LogFile
  users: number
}

/** The log files of one server: loggers of the same path share one file. */
export class LogFiles {
  readonly #options: LogFilesOptions
  readonly #stats: FileStats
  readonly #entries = new Map<string, Entry>()
  /** Given back by their last user, with lines that are still being written. */
  readonly #closing = new Set<Promise<void>>()

  constructor(options: LogFilesOptions) {
    this.#options = options
    this.#stats = fileStats(options.stats)
  }

  /**
   * Opens a file, or takes part in an open one; give it back with `release`. Throws the system's error when it cannot
   * be opened. A FIFO without a reader is no error: lines are dropped until there is one.
   */
  open(path: string): LogFile {
    const open = this.#entries.get(path)
    if (open !== undefined) {
      open.users++
      return open.file
    }
    const { time, logger, flushIntervalMs = 1000, maxBuffered } = this.#options
    const file = new LogFile({ path, time, logger, flushIntervalMs, maxBuffered, stats: this.#stats }, tryOpen(path))
    this.#entries.set(path, { file, users: 1 })
    return file
  }

  /** The last user's release flushes and closes the file. */
  async release(file: LogFile): Promise<void> {
    const entry = this.#entries.get(file.path)
    if (entry?.file !== file || --entry.users > 0) return
    this.#entries.delete(file.path)
    const closing = file.close()
    this.#closing.add(closing)
    try {
      await closing
    } finally {
      this.#closing.delete(closing)
    }
  }

  /** Opens all files anew, for `SIGUSR1` and `/reopen_logs`. */
  reopen(): void {
    for (const { file } of this.#entries.values()) file.reopen()
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ file }) => file.flush()))
  }

  /** Closes all; settles when everything is written, also to files that were given back. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all([...this.#closing, ...entries.map(({ file }) => file.close())])
  }
}

function tryOpen(path: string): Descriptor | undefined {
  try {
    return openForAppending(path)
  } catch (error) {
    if (systemCode(error) === 'ENXIO') return undefined
    throw error
  }
}
