import type { Counter, TimeSource } from '@nuncio/core'
import type { Machine } from './contracts.ts'
import type { Effect } from './reaction.ts'

/** Collecting garbage stops the event loop for as long as the heap is large: not more often than this. */
const INTERVAL_MS = 10_000

/** `shrink_heap`: collects all garbage now, when the resource is used up. */
export class ShrinkHeap implements Effect {
  readonly #machine: Machine
  readonly #time: TimeSource
  readonly #count: Counter
  #last = Number.NEGATIVE_INFINITY

  constructor(machine: Machine, time: TimeSource, count: Counter) {
    this.#machine = machine
    this.#time = time
    this.#count = count
  }

  onRefresh(state: number): void {
    const now = this.#time.monotonicMs()
    if (state < 1 || now - this.#last < INTERVAL_MS) return
    this.#last = now
    this.#machine.collectGarbage()
    this.#count.inc()
  }
}
