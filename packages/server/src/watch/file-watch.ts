import type { Timer, TimeSource } from '@nuncio/core'
import { DirectoryWatch } from '@nuncio/tls'
import { statSync } from 'node:fs'
import { directoriesOf } from './directories-of.ts'

/** A file counts as written when nothing about it has changed for so long … */
const QUIET_MS = 100
/** … or when it has been changing for so long: somebody writes without end. */
const LONGEST_MS = 1000
/** Looked at again this often, for file systems and changes that the system does not tell of. */
const POLL_MS = 2000

export interface FileWatchOptions {
  readonly file: string
  /** A directory in which a change may make it another file, besides those that it stands in by itself. */
  readonly directory?: string | undefined
  readonly time: TimeSource
  /** The file is another one, or says something else; `merged` more changes came with it. */
  readonly onChange: (merged: number) => void
  /** It was there and is gone. It is still watched. */
  readonly onMissing: () => void
}

/**
 * Watches a file however it is changed: written in place, renamed over, or behind symbolic links that are swapped, as
 * Kubernetes does with ConfigMaps. It may vanish and return.
 */
export class FileWatch {
  readonly #options: FileWatchOptions
  readonly #directories: DirectoryWatch
  /** What tells one state of the file from another; '' = it is not there. */
  #seen: string
  /** The state that was told last. */
  #told: string
  #changes = 0
  #firstMs = 0
  #settling: Timer | undefined = undefined
  #poll: Timer | undefined = undefined

  constructor(options: FileWatchOptions) {
    this.#options = options
    this.#directories = new DirectoryWatch(options.time, () => this.#look())
    this.#seen = this.#told = fingerprint(options.file)
    this.#watchDirectories()
    this.#arm()
  }

  close(): void {
    this.#directories.close()
    this.#settling?.cancel()
    this.#poll?.cancel()
    this.#poll = undefined
  }

  #watchDirectories(): void {
    const { file, directory } = this.#options
    const own = directoriesOf(file)
    this.#directories.set(directory === undefined ? own : new Set([...own, directory]))
  }

  #arm(): void {
    this.#poll = this.#options.time.setTimer(POLL_MS, () => {
      this.#look()
      this.#arm()
    })
  }

  #look(): void {
    const now = fingerprint(this.#options.file)
    if (now === this.#seen) return
    this.#seen = now
    this.#watchDirectories()
    const { time } = this.#options
    if (this.#changes++ === 0) this.#firstMs = time.monotonicMs()
    if (time.monotonicMs() - this.#firstMs >= LONGEST_MS) return this.#tell()
    this.#settling?.cancel()
    this.#settling = time.setTimer(QUIET_MS, () => this.#settle())
  }

  #settle(): void {
    const before = this.#seen
    this.#look()
    if (this.#seen === before) this.#tell()
  }

  #tell(): void {
    this.#settling?.cancel()
    const merged = this.#changes - 1
    this.#changes = 0
    if (this.#seen === this.#told) return
    this.#told = this.#seen
    if (this.#seen === '') this.#options.onMissing()
    else this.#options.onChange(merged)
  }
}

function fingerprint(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join()
  } catch {
    return ''
  }
}
