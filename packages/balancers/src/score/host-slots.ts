import type { Host, PrioritySet } from '@nuncio/cluster'
import type { ScoreTerm } from './term.ts'

/** Gives each host of a cluster a slot for as long as it is a member, and tells terms of it. */
export class HostSlots {
  readonly #slots = new Map<Host, number>()
  readonly #free: number[] = []
  readonly #terms: readonly ScoreTerm[]
  #count = 0

  constructor(terms: readonly ScoreTerm[]) {
    this.#terms = terms
  }

  /** Every slot that there is or was is below this. */
  get count(): number {
    return this.#count
  }

  /** -1 for a host that is no member. Allocates nothing. */
  of(host: Host): number {
    const slot = this.#slots.get(host)
    return slot === undefined ? -1 : slot
  }

  update(priorities: PrioritySet): void {
    const members = new Set<Host>()
    for (const level of priorities.levels) for (const host of level.hosts) members.add(host)
    for (const [host, slot] of this.#slots) {
      if (members.has(host)) continue
      this.#slots.delete(host)
      this.#free.push(slot)
      for (const term of this.#terms) term.onLeft?.(slot)
    }
    for (const host of members) if (!this.#slots.has(host)) this.#slots.set(host, this.#free.pop() ?? this.#count++)
    for (const term of this.#terms) term.grow?.(this.#count)
    for (const [host, slot] of this.#slots) for (const term of this.#terms) term.onHost?.(host, slot)
  }
}

/** A `Float64Array` with room for at least `slots`, with the values of `old`; new ones are `fill`. */
export function grown(old: Float64Array<ArrayBuffer>, slots: number, fill: number): Float64Array<ArrayBuffer> {
  if (old.length >= slots) return old
  const next = new Float64Array(Math.max(slots, old.length * 2, 16)).fill(fill)
  next.set(old)
  return next
}
