import { type Host, type HostSet, isExcluded } from '@nuncio/cluster'
import { EdfScheduler } from '../edf/edf-scheduler.ts'

/**
 * Draws a locality by its weight, less when too few of its hosts are eligible. One for a level's healthy hosts, one
 * for its degraded ones.
 */
export class LocalityScheduler {
  readonly #scheduler = new EdfScheduler()
  #indexes: readonly number[] = []
  #weights = new Float64Array(0)

  /** Weight of each locality after the last `update`, 0 for those that are never drawn; for explanations. */
  effective: readonly number[] = []

  update(set: HostSet, eligible: readonly (readonly Host[])[], seed: number): void {
    this.effective = effectiveWeights(set, eligible)
    this.#indexes = this.effective.flatMap((weight, index) => (weight > 0 ? [index] : []))
    this.#weights = Float64Array.from(this.#indexes, (index) => this.effective[index]!)
    this.#scheduler.reset(this.#indexes.length, (entry) => this.#weights[entry]!, seed)
  }

  /** The number of the next locality; -1 when none has weight. Allocates nothing. */
  next(): number {
    const entry = this.#scheduler.peek()
    if (entry < 0) return -1
    this.#scheduler.next(this.#weights, entry)
    return this.#indexes[entry]!
  }

  /** What `next` would answer. */
  peek(): number {
    const entry = this.#scheduler.peek()
    return entry < 0 ? -1 : this.#indexes[entry]!
  }
}

/** weight × min(1, overprovisioning × eligible ÷ counted) for each locality of a level. */
function effectiveWeights(set: HostSet, eligible: readonly (readonly Host[])[]): number[] {
  return set.hostsByLocality.map((hosts, index) => {
    const excluded = set.excluded.length === 0 ? 0 : countExcluded(hosts)
    const counted = hosts.length - excluded
    if (counted <= 0) return 0
    const ratio = ((set.overprovisioningFactor / 100) * (eligible[index]?.length ?? 0)) / counted
    return (set.localityWeights?.[index] ?? 0) * Math.min(1, ratio)
  })
}

function countExcluded(hosts: readonly Host[]): number {
  let count = 0
  for (const host of hosts) if (isExcluded(host.healthFlags)) count++
  return count
}
