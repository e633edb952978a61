import type { Host, HostSet, LoadBalancerContext } from '@nuncio/cluster'
import type { HostPicker } from '../contracts.ts'
import type { Story } from '../explain/story.ts'
import { LocalityScheduler } from '../locality/locality-weights.ts'

export interface LevelUse {
  readonly panic: boolean
  /** Whether pickers of single localities are needed. */
  readonly byLocality: boolean
  /** Whether localities are drawn by weight. */
  readonly weighted: boolean
  readonly seed: number
}

/** The lists of one priority level that picks can be made from, each with its picker. */
export class LevelSources {
  panic = false
  readonly healthy: HostPicker
  readonly degraded: HostPicker
  readonly all: HostPicker
  readonly #createPicker: () => HostPicker
  readonly #healthyLocal: HostPicker[] = []
  readonly #degradedLocal: HostPicker[] = []
  readonly #healthyScheduler = new LocalityScheduler()
  readonly #degradedScheduler = new LocalityScheduler()
  #set: HostSet | undefined = undefined
  #weighted = false

  constructor(createPicker: () => HostPicker) {
    this.#createPicker = createPicker
    this.healthy = createPicker()
    this.degraded = createPicker()
    this.all = createPicker()
  }

  update(set: HostSet, use: LevelUse): void {
    const same = set === this.#set
    if (use.panic && (!same || !this.panic)) this.all.update(set.hosts)
    this.panic = use.panic
    if (same) return
    this.#set = set
    this.#weighted = use.weighted
    this.healthy.update(set.healthy)
    this.degraded.update(set.degraded)
    if (!use.byLocality) return
    this.#updateLocal(this.#healthyLocal, set.healthyByLocality)
    this.#updateLocal(this.#degradedLocal, set.degradedByLocality)
    if (!use.weighted) return
    this.#healthyScheduler.update(set, set.healthyByLocality, use.seed)
    this.#degradedScheduler.update(set, set.degradedByLocality, use.seed)
  }

  /** The next locality by weight, -1 when none has any. */
  nextLocality(degraded: boolean): number {
    return (degraded ? this.#degradedScheduler : this.#healthyScheduler).next()
  }

  localityPicker(index: number, degraded: boolean): HostPicker {
    return (degraded ? this.#degradedLocal : this.#healthyLocal)[index]!
  }

  explain(context: LoadBalancerContext, degraded: boolean, story: Story): void {
    const set = this.#set
    if (set === undefined) return
    if (this.panic) {
      story.step('too few hosts are healthy: panic, all hosts of the level are used')
      this.all.explain(context, story)
      return
    }
    const scheduler = degraded ? this.#degradedScheduler : this.#healthyScheduler
    const index = this.#weighted ? scheduler.peek() : -1
    const hosts = degraded ? set.degraded : set.healthy
    if (index >= 0) {
      const { region, zone, subZone } = set.localities[index]!
      const weights = scheduler.effective.map((weight) => Math.round(weight * 1000) / 1000).join(', ')
      story.step(`locality ${[region, zone, subZone].join('/')} is next by weight (effective weights ${weights})`)
    }
    const picker = index >= 0 ? this.localityPicker(index, degraded) : degraded ? this.degraded : this.healthy
    picker.explain(context, story)
    this.#excludeRest(set, hosts, story)
  }

  #excludeRest(set: HostSet, hosts: readonly Host[], story: Story): void {
    const usable = new Set(hosts)
    for (const host of set.hosts) if (!usable.has(host)) story.excludeForHealth(host)
  }

  #updateLocal(pickers: HostPicker[], lists: readonly (readonly Host[])[]): void {
    for (const [i, hosts] of lists.entries()) (pickers[i] ??= this.#createPicker()).update(hosts)
  }
}
