import type { Host, LoadBalancer, LoadBalancerContext, LoadBalancerExplanation, PrioritySet } from '@nuncio/cluster'
import type { HostPicker, LoadBalancerSetup } from '../contracts.ts'
import { Story } from '../explain/story.ts'
import { LbStats } from '../lb-stats.ts'
import type { LocalityLbConfig } from '../locality/config.ts'
import { ZoneRouter } from '../locality/zone-aware.ts'
import { LevelSources } from './level-sources.ts'
import { PriorityChooser } from './priority-chooser.ts'
import { computePriorityLoads } from './priority-loads.ts'
import { currentPanicThreshold } from './panic.ts'
import { tellPriorities } from './tell.ts'

/**
 * What stands round a policy that picks from a list: priority levels with overprovisioning, degraded hosts, panic,
 * weighted localities and zone awareness. The policy gives the pickers.
 *
 * Chance: one 32-bit draw for the level, made only when more than one can be chosen; then what the locality and the
 * picker draw. (Envoy draws one 64-bit number for the level and lets RANDOM use it again.)
 */
export class LeveledLoadBalancer implements LoadBalancer {
  readonly #policy: string
  readonly #setup: LoadBalancerSetup
  readonly #createPicker: () => HostPicker
  readonly #chooser = new PriorityChooser()
  readonly #stats: LbStats
  readonly #weighted: boolean
  readonly #zone: ZoneRouter | undefined
  readonly #failOnPanic: boolean
  readonly #seed: number
  #levels: LevelSources[] = []

  constructor(policy: string, setup: LoadBalancerSetup, config: LeveledConfig) {
    this.#policy = policy
    this.#setup = setup
    this.#createPicker = config.createPicker
    this.#seed = config.seed
    this.#stats = new LbStats(setup.stats)
    const zone = config.locality?.zone_aware_lb_config
    this.#weighted = config.locality?.locality_weighted_lb_config !== undefined
    this.#failOnPanic = zone?.fail_traffic_on_panic ?? false
    this.#zone = zone && new ZoneRouter(zone, setup.random, setup.runtime, this.#stats)
  }

  update(priorities: PrioritySet): void {
    const threshold = currentPanicThreshold(this.#setup)
    const loads = computePriorityLoads(priorities.levels, threshold)
    const levels: LevelSources[] = []
    for (const [i, set] of priorities.levels.entries()) {
      const level = this.#levels[i] ?? new LevelSources(this.#createPicker)
      const byLocality = this.#weighted || (i === 0 && this.#zone !== undefined)
      level.update(set, { panic: loads.panic[i]!, byLocality, weighted: this.#weighted, seed: this.#seed })
      levels.push(level)
    }
    this.#levels = levels
    this.#zone?.update(priorities.levels[0], this.#setup.localPriorities?.(), threshold)
    this.#chooser.update(loads)
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    for (let attempt = 0; ; attempt++) {
      const host = this.#chooseOnce(context, attempt)
      if (host === undefined || attempt >= context.hostSelectionRetries || !context.rejects(host)) return host
    }
  }

  /** Only while one level is certain and its localities are not chosen between. */
  peekHost(context: LoadBalancerContext, ahead: number): Host | undefined {
    const choice = this.#chooser.only
    const tried = context.triedPriorities?.length ?? 0
    if (choice < 0 || tried > 0 || this.#weighted || this.#zone !== undefined) return undefined
    const level = this.#levels[choice >> 1]!
    if (level.panic) return this.#failOnPanic ? undefined : level.all.peek?.(ahead)
    return ((choice & 1) === 1 ? level.degraded : level.healthy).peek?.(ahead)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const story = new Story(this.#policy)
    const choice = tellPriorities(story, this.#chooser, context)
    const level = this.#levels[choice >> 1]
    if (choice < 0 || level === undefined) return story.finish()
    if (level.panic && this.#failOnPanic) {
      story.choose(undefined, 'the level is in panic and fail_traffic_on_panic is set')
      return story.finish()
    }
    const zone = choice >> 1 === 0 ? this.#zone : undefined
    if (zone !== undefined) story.step(`zone-aware routing: ${zone.reason}`)
    level.explain(context, (choice & 1) === 1, story)
    return story.finish()
  }

  #chooseOnce(context: LoadBalancerContext, attempt: number): Host | undefined {
    const choice = this.#chooseLevel(context)
    if (choice < 0) return undefined
    const level = this.#levels[choice >> 1]!
    const degraded = (choice & 1) === 1
    if (level.panic) {
      this.#stats.healthyPanic.inc()
      return this.#failOnPanic ? undefined : level.all.pick(context, attempt)
    }
    if (this.#weighted) {
      const locality = level.nextLocality(degraded)
      if (locality >= 0) return level.localityPicker(locality, degraded).pick(context, attempt)
    } else if (this.#zone !== undefined && choice < 2) {
      const locality = this.#zone.choose()
      if (locality === -2) return undefined
      if (locality >= 0) return level.localityPicker(locality, degraded).pick(context, attempt)
    }
    return (degraded ? level.degraded : level.healthy).pick(context, attempt)
  }

  #chooseLevel(context: LoadBalancerContext): number {
    const tried = context.triedPriorities
    if (tried !== undefined && tried.length > 0)
      return this.#chooser.chooseAvoiding(this.#setup.random.uint32() % 100, tried)
    const only = this.#chooser.only
    return only === -2 ? this.#chooser.choose(this.#setup.random.uint32() % 100) : only
  }
}

/** What a balancer over levels and localities is made of. */
export interface LeveledConfig {
  readonly locality: LocalityLbConfig | undefined
  /** Where schedules begin; drawn once for a balancer. */
  readonly seed: number
  readonly createPicker: () => HostPicker
}
