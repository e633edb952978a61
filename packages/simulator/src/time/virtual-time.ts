import type { Timer, TimeSource } from '@nuncio/core'

class Event implements Timer {
  readonly atMs: number
  readonly order: number
  onFire: (() => void) | undefined

  constructor(atMs: number, order: number, onFire: () => void) {
    this.atMs = atMs
    this.order = order
    this.onFire = onFire
  }

  cancel(): void {
    this.onFire = undefined
  }

  /** Events at the same time fire in the order of their setting. */
  before(other: Event): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.order < other.order)
  }
}

/**
 * A clock that jumps from one timer to the next, however far that is: a minute passes in as long as its events take to
 * work off. Setting and firing cost O(log n) of the timers that wait. It begins at 0.
 */
export class VirtualTime implements TimeSource {
  readonly #wallOriginMs: number
  #nowMs = 0
  #order = 0
  /** A binary heap; cancelled events stay until their time comes. */
  readonly #heap: Event[] = []

  constructor(wallOriginMs = 0) {
    this.#wallOriginMs = wallOriginMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }
  wallMs(): number {
    return this.#wallOriginMs + this.#nowMs
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const event = new Event(this.#nowMs + Math.max(0, delayMs), this.#order++, onFire)
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return event
  }

  /** Fires everything that falls due until `atMs`, in order, what it sets on the way included; then it is `atMs`. */
  advanceTo(atMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= atMs; next = this.#heap[0]) {
      this.#removeFirst()
      if (next.onFire === undefined) continue
      this.#nowMs = next.atMs
      next.onFire()
    }
    if (atMs > this.#nowMs) this.#nowMs = atMs
  }

  #rise(index: number): void {
    const heap = this.#heap
    const event = heap[index]!
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!event.before(heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.before(heap[child]!)) child++
      if (!heap[child]!.before(last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}
