import type { Host, HostSet, LoadBalancer } from '@nuncio/cluster'
import { filterHostSet } from './filter-host-set.ts'

type Lists = readonly (readonly Host[])[]

/** One subset of a cluster's hosts, with a balancer of its own. */
export class SubsetEntry {
  /** `version="1.0", stage="prod"`; for explanations. */
  readonly label: string
  readonly balancer: LoadBalancer
  readonly singleHost: boolean
  readonly #weights: 'drop' | 'keep' | 'scale'
  readonly #levels: (HostSet | undefined)[] = []
  #stale = false

  constructor(
    label: string,
    balancer: LoadBalancer,
    options: { weights: 'drop' | 'keep' | 'scale'; singleHost: boolean },
  ) {
    this.label = label
    this.balancer = balancer
    this.singleHost = options.singleHost
    this.#weights = options.weights
  }

  /** Whether it has hosts at all, healthy or not. */
  get active(): boolean {
    // A subset that is new at a later level has gaps before it.
    return this.#levels.some((level) => level !== undefined && level.hosts.length > 0)
  }

  /** All its hosts, of every level. */
  get hosts(): readonly Host[] {
    return this.#levels.flatMap((level) => level?.hosts ?? [])
  }

  /** There are only so many levels now. */
  limit(levels: number): void {
    if (this.#levels.length <= levels) return
    this.#levels.length = levels
    this.#stale = true
  }

  /** Takes its part of a level. */
  setLevel(index: number, level: HostSet, lists: Lists | undefined): void {
    const empty = lists === undefined ? level.hostsByLocality.map(() => []) : undefined
    this.#levels[index] = filterHostSet(level, lists ?? empty!, this.#weights)
    this.#stale = true
  }

  /** Gives its balancer the new picture when a level was set; levels that never were hold none of its hosts. */
  publish(levels: readonly HostSet[]): void {
    for (const [i, level] of levels.entries()) if (this.#levels[i] === undefined) this.setLevel(i, level, undefined)
    if (!this.#stale) return
    this.#stale = false
    this.balancer.update({ levels: this.#levels.filter((level) => level !== undefined) })
  }
}
