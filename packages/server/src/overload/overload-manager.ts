import type { Report } from '@nuncio/access-log'
import { isMessage, type Message } from '@nuncio/config'
import type { Histogram, OverloadState, StatsScope, StatsStore, Timer, TimeSource } from '@nuncio/core'
import type { Machine, ResourceMonitorDefinition } from './contracts.ts'
import { ACTIONS, type EffectContext, LOAD_SHED_POINTS, shedding } from './effects.ts'
import { DOWNSTREAM_CONNECTIONS } from './monitors/downstream-connections.ts'
import * as registry from './monitors/registry.ts'
import { PressureSource } from './pressure-source.ts'
import { type Effect, Reaction } from './reaction.ts'
import { compileTriggers } from './trigger.ts'

type OverloadConfig = Message<'envoy.config.overload.v3.OverloadManager'>

/** The resource monitors that nuncio comes with. */
export const resourceMonitors = Object.values(registry) as readonly ResourceMonitorDefinition[]

export interface OverloadManagerOptions {
  readonly state: OverloadState
  readonly stats: StatsStore
  readonly time: TimeSource
  readonly machine: Machine
  /** Downstream connections that are open. */
  readonly connections: () => number
  /** Told what is wrong, with paths below `overload_manager`. */
  readonly report: Report
}

/**
 * Measures resources at an interval and sets what `OverloadState` says: pressures of the monitors become states of the
 * actions and load shed points that they trigger.
 */
export class OverloadManager {
  readonly #options: OverloadManagerOptions
  readonly #intervalMs: number
  readonly #sources = new Map<string, PressureSource>()
  readonly #reactions: Reaction[] = []
  readonly #delay: Histogram
  #measuredAt = Number.NaN
  #timer: Timer | undefined = undefined

  constructor(config: OverloadConfig, options: OverloadManagerOptions) {
    this.#options = options
    this.#intervalMs = Math.max(1, config.refresh_interval ?? 1000)
    this.#delay = options.stats.histogram('overload.refresh_interval_delay')
    this.#addMonitors(config)
    this.#addActions(config)
    this.#addLoadShedPoints(config)
  }

  /** Measures at the interval from now on. */
  start(): void {
    this.#measuredAt = this.#options.time.monotonicMs()
    this.#schedule()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Measures now. */
  refresh(): void {
    for (const source of this.#sources.values()) source.refresh()
    for (const reaction of this.#reactions) reaction.refresh()
  }

  #schedule(): void {
    const { time } = this.#options
    this.#timer = time.setTimer(this.#intervalMs, () => {
      const now = time.monotonicMs()
      this.#delay.record(Math.round(now - this.#measuredAt))
      this.#measuredAt = now
      this.refresh()
      this.#schedule()
    })
  }

  #addMonitors(config: OverloadConfig): void {
    const { state, machine, time, connections, report } = this.#options
    for (const [i, entry] of (config.resource_monitors ?? []).entries()) {
      const path = `resource_monitors[${i}]`
      const definition = resourceMonitors.find((each) => each.config.type === entry.typed_config?.['@type'])
      const name = entry.name ?? definition?.name ?? ''
      if (definition === undefined) {
        const message = `nuncio does not have the resource monitor ${name}`
        const hint = `there are ${resourceMonitors.map((each) => each.name).join(', ')}`
        report({ code: 'unsupported', path: `${path}.typed_config`, message, hint, node: entry, field: 'typed_config' })
      } else if (this.#sources.has(name)) {
        this.#duplicate(`${path}.name`, `there is a resource monitor ${name} already`, entry)
      } else {
        const below: Report = (finding) => report({ ...finding, path: `${path}.typed_config.${finding.path}` })
        const stats = this.#scope().scope(`${name}.`)
        const context = { machine, time, connections, lateRequests: state.lateRequests, stats, report: below }
        const monitor = definition.create(entry.typed_config, context)
        if (monitor !== undefined) this.#sources.set(name, new PressureSource(name, monitor, stats))
      }
    }
  }

  #addActions(config: OverloadConfig): void {
    const { state, machine, time, report } = this.#options
    const context: EffectContext = { state, machine, time, config, report }
    for (const [i, action] of (config.actions ?? []).entries()) {
      const path = `actions[${i}]`
      const stats = this.#scope().scope(`${action.name ?? ''}.`)
      const make = this.#find(ACTIONS, action, path, 'overload action')
      const effect = make?.(action, context, stats, path)
      if (effect !== undefined) this.#react(action, path, effect, { scope: stats, active: true })
    }
  }

  #addLoadShedPoints(config: OverloadConfig): void {
    for (const [i, point] of (config.loadshed_points ?? []).entries()) {
      const path = `loadshed_points[${i}]`
      const stats = this.#scope().scope(`${point.name ?? ''}.`)
      const pointOf = this.#find(LOAD_SHED_POINTS, point, path, 'load shed point')
      if (pointOf === undefined) continue
      this.#react(point, path, shedding(pointOf(this.#options.state), stats), { scope: stats, active: false })
    }
  }

  #find<T>(
    known: ReadonlyMap<string, T>,
    entry: { readonly name?: string },
    path: string,
    kind: string,
  ): T | undefined {
    const { name = '' } = entry
    const found = known.get(name)
    if (found === undefined) {
      const message = `there is no ${kind} ${name}`
      const hint = `there are ${[...known.keys()].join(', ')}`
      this.#options.report({ code: 'unsupported', path: `${path}.name`, message, hint, node: entry, field: 'name' })
    } else if (this.#reactions.some((reaction) => reaction.name === name)) {
      this.#duplicate(`${path}.name`, `there is a ${kind} ${name} already`, entry)
      return undefined
    }
    return found
  }

  #react(
    config: Message<'envoy.config.overload.v3.LoadShedPoint'>,
    path: string,
    effect: Effect,
    stats: { readonly scope: StatsScope; readonly active: boolean },
  ): void {
    const names = new Set(this.#sources.keys())
    const triggers = compileTriggers(config.triggers ?? [], names, this.#options.report, path)
    this.#reactions.push(new Reaction(config.name ?? '', triggers, this.#sources, effect, stats))
  }

  #duplicate(path: string, message: string, node: object): void {
    this.#options.report({ code: 'overload', path, message, hint: 'join the two', node, field: 'name' })
  }

  #scope(): StatsScope {
    return this.#options.stats.scope('overload.')
  }
}

/** The hard limit on downstream connections that a configuration sets; undefined without one. */
export function configuredConnectionLimit(config: OverloadConfig | undefined): number | undefined {
  for (const { typed_config } of config?.resource_monitors ?? []) {
    if (isMessage(typed_config, DOWNSTREAM_CONNECTIONS)) return typed_config.max_active_downstream_connections
  }
  return undefined
}
