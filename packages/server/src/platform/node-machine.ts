import { fileDescriptorLimit } from '@nuncio/listener'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Machine } from '../overload/contracts.ts'

const OPEN_FILES = '/proc/self/fd'
/** The event loop's delay is sampled this often, ms; each sample is this much and the delay. */
const SAMPLE_MS = 10

/** This machine, as Node and Linux tell of it. */
export class NodeMachine implements Machine {
  #delays: ReturnType<typeof monitorEventLoopDelay> | undefined = undefined
  #collect: (() => void) | undefined = undefined
  /** When the current turn of the event loop was first asked about; NaN: not yet. */
  #turnBegan = Number.NaN
  readonly #turnOver = (): void => void (this.#turnBegan = Number.NaN)

  heapBytes(): number {
    const { used_heap_size, external_memory } = getHeapStatistics()
    return used_heap_size + external_memory
  }

  openFiles(): number | undefined {
    try {
      // Linux since 6.2 keeps the number as the size of the folder; reading the folder takes a while with many.
      return statSync(OPEN_FILES).size || readdirSync(OPEN_FILES).length
    } catch {
      return undefined
    }
  }

  fileLimit(): number | undefined {
    return fileDescriptorLimit()
  }

  loopDelayMs(): number {
    if (this.#delays === undefined) {
      // Sampled natively, from the first time that somebody asks.
      this.#delays = monitorEventLoopDelay({ resolution: SAMPLE_MS })
      this.#delays.enable()
      return 0
    }
    const { count, mean } = this.#delays
    this.#delays.reset()
    return count === 0 ? 0 : Math.max(0, mean / 1e6 - SAMPLE_MS)
  }

  turnMs(): number {
    const now = performance.now()
    if (!Number.isNaN(this.#turnBegan)) return now - this.#turnBegan
    this.#turnBegan = now
    // It runs when the I/O of this turn is done with.
    setImmediate(this.#turnOver)
    return 0
  }

  cores(): number {
    return availableParallelism()
  }

  readText(file: string): string | undefined {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined
    }
  }

  collectGarbage(): void {
    if (this.#collect === undefined) {
      setFlagsFromString('--expose-gc')
      this.#collect = runInNewContext('gc') as () => void
    }
    this.#collect()
  }
}
