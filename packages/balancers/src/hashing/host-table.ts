import type { WeightedHosts } from './weights.ts'

/** A finished table from 64-bit hashes to hosts. */
export interface HostTable {
  readonly entries: WeightedHosts
  /**
   * The number of the host in `entries.hosts` for a hash: two words, high and low (numbers that are passed would often
   * have to be allocated). -1 when the table is empty.
   * `attempt` above 0: another place, for a host that was rejected. Allocates nothing.
   */
  lookUp(hash: Uint32Array, attempt: number): number
  /** Where in the table a hash falls, in words. */
  placeOf(hash: Uint32Array): string
}

/**
 * Builds a table in steps; each step is some hundred microseconds of work at most. `rough`: a small one will do, to
 * serve until the full one is ready.
 */
export type BuildTable = (entries: WeightedHosts, rough: boolean) => Generator<void, HostTable>

/** Runs all steps at once. */
export function buildAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
