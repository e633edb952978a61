/**
 * Earliest deadline first over the numbers 0…n−1: each pick takes the entry with the earliest deadline (of equal ones
 * the one that was added first) and adds it again 1/weight later, by its weight at that moment. Over time each entry
 * is picked in proportion to its weight. Picking allocates nothing.
 */
export class EdfScheduler {
  #size = 0
  #now = 0
  #order = 0
  /** A binary heap of entry numbers. */
  #heap = new Int32Array(0)
  #deadlines = new Float64Array(0)
  #orders = new Float64Array(0)

  get size(): number {
    return this.#size
  }

  /**
   * Begins anew with `count` entries, as if `seed` picks had been made already, so that schedulers with other seeds
   * start elsewhere. Weights must be above 0. Cost: linear in entries, whatever the seed.
   */
  reset(count: number, weightOf: (entry: number) => number, seed: number): void {
    const picks = seed % MAX_PICKS
    this.#size = count
    this.#order = count
    this.#now = 0
    if (this.#heap.length < count) this.#grow(count)
    let total = 0
    for (let i = 0; i < count; i++) total += weightOf(i) + EPSILON
    let done = 0
    for (let i = 0; i < count; i++) {
      const weight = weightOf(i) + EPSILON
      const skipped = Math.floor((weight * picks) / total)
      done += skipped
      this.#heap[i] = i
      this.#orders[i] = i
      this.#deadlines[i] = (skipped + 1) / weight
      this.#now = Math.max(this.#now, skipped / weight)
    }
    for (let at = (count >> 1) - 1; at >= 0; at--) this.#sink(at)
    if (count === 0) return
    const weight = new Float64Array(1)
    for (; done < picks; done++) {
      weight[0] = weightOf(this.peek()) + EPSILON
      this.next(weight, 0)
    }
  }

  /** The entry that the next pick takes; -1 when there is none. */
  peek(): number {
    return this.#size === 0 ? -1 : this.#heap[0]!
  }

  /**
   * Takes the earliest entry and adds it again by its weight as it is now, which stands in `weights[at]` (a number that
   * is passed would often have to be allocated).
   */
  next(weights: Float64Array, at: number): number {
    if (this.#size === 0) return -1
    const entry = this.#heap[0]!
    this.#now = this.#deadlines[entry]!
    this.#deadlines[entry] = this.#now + 1 / weights[at]!
    this.#orders[entry] = this.#order++
    this.#sink(0)
    return entry
  }

  /** The scheduler's own time: when the last picked entry was due. */
  get now(): number {
    return this.#now
  }

  /** Of entries with equal deadlines the one with the lowest order comes first. */
  orderOf(entry: number): number {
    return this.#orders[entry]!
  }

  /** When an entry is due, in the scheduler's own time; for explanations. */
  deadlineOf(entry: number): number {
    return this.#deadlines[entry]!
  }

  #grow(count: number): void {
    this.#heap = new Int32Array(count)
    this.#deadlines = new Float64Array(count)
    this.#orders = new Float64Array(count)
  }

  #before(a: number, b: number): boolean {
    const first = this.#deadlines[a]!
    const second = this.#deadlines[b]!
    return first < second || (first === second && this.#orders[a]! < this.#orders[b]!)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const entry = heap[from]!
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#before(heap[child + 1]!, heap[child]!)) child++
      if (!this.#before(heap[child]!, entry)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = entry
  }
}

/** Keeps weights that are multiples of each other from meeting at the same deadline. */
const EPSILON = 1e-13
/** Beyond this the emulated picks would not fit the arithmetic. */
const MAX_PICKS = 429_496_729
