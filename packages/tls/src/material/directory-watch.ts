import type { Timer, TimeSource } from '@nuncio/core'
import { type FSWatcher, watch } from 'node:fs'

/** Changes within this time are one: a rotation touches several files. */
const SETTLE_MS = 100

/** Watches directories and says when something in them changed; renaming into them counts, which is how files are replaced. */
export class DirectoryWatch {
  readonly #time: TimeSource
  readonly #onChange: () => void
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: Timer | undefined = undefined

  constructor(time: TimeSource, onChange: () => void) {
    this.#time = time
    this.#onChange = onChange
  }

  /** Watches these and no others. A directory that cannot be watched is left out. */
  set(directories: ReadonlySet<string>): void {
    for (const [directory, watcher] of this.#watchers) {
      if (directories.has(directory)) continue
      watcher.close()
      this.#watchers.delete(directory)
    }
    for (const directory of directories) if (!this.#watchers.has(directory)) this.#add(directory)
  }

  #add(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed())
      watcher.on('error', () => this.#watchers.delete(directory))
      this.#watchers.set(directory, watcher)
    } catch {
      // It is not there, or the system has no watches left: what was read stays as it is.
    }
  }

  #changed(): void {
    // The first change sets the time: in a busy directory there is no last one.
    this.#timer ??= this.#time.setTimer(SETTLE_MS, () => {
      this.#timer = undefined
      this.#onChange()
    })
  }

  close(): void {
    this.#timer?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }
}
