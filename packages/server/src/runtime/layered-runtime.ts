import type { JsonObject, JsonValue, Message } from '@nuncio/config'
import type { Fraction, Runtime, StatsScope } from '@nuncio/core'
import { sameConfig } from '@nuncio/listener'
import { readDiskLayer } from './disk-layer.ts'
import { scalar } from './scalar.ts'

type Config = Message<'envoy.config.bootstrap.v3.LayeredRuntime'>
type Layer = Message<'envoy.config.bootstrap.v3.RuntimeLayer'>

export interface RuntimeLayer {
  readonly name: string
  readonly values: ReadonlyMap<string, JsonValue>
}

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }

/** Envoy's layered runtime: later layers win; an admin layer takes changes while the proxy runs. */
export class LayeredRuntime implements Runtime {
  readonly #stats: StatsScope
  readonly #serviceCluster: string
  readonly #onError: (message: string) => void
  #config: Config | undefined
  #layers: readonly RuntimeLayer[] = []
  #admin: Map<string, JsonValue> | undefined = undefined
  #merged: ReadonlyMap<string, JsonValue> = new Map()
  #version = 0

  /** `serviceCluster`: the cluster that this proxy belongs to, '' = not named. */
  constructor(config: Config | undefined, stats: StatsScope, onError: (message: string) => void, serviceCluster = '') {
    this.#serviceCluster = serviceCluster
    this.#config = config
    this.#stats = stats
    this.#onError = onError
    for (const name of ['load_error', 'override_dir_exists', 'override_dir_not_exists']) stats.counter(name)
    this.#load()
  }

  /** Goes over to other layers; what was set in the admin layer stays. */
  replace(config: Config | undefined): void {
    if (sameConfig(this.#config, config)) return
    this.#config = config
    this.#load()
  }

  #load(): void {
    const before = this.#admin ?? new Map<string, JsonValue>()
    this.#admin = undefined
    // Without a runtime in the file there is an empty static layer and an admin layer.
    const configs = this.#config?.layers ?? [{ name: 'base' }, { name: 'admin', admin_layer: {} }]
    this.#layers = configs.map((layer) => ({ name: layer.name ?? '', values: this.#valuesOf(layer, before) }))
    this.#merged = this.#merge()
    this.#stats.gauge('num_layers').set(this.#layers.length)
    this.#stats.gauge('num_keys').set(this.#merged.size)
    this.#stats.counter('load_success').inc()
  }

  #valuesOf(layer: Layer, admin: Map<string, JsonValue>): ReadonlyMap<string, JsonValue> {
    if (layer.admin_layer !== undefined) return (this.#admin = admin)
    if (layer.static_layer !== undefined) return flatten(layer.static_layer)
    return layer.disk_layer === undefined
      ? new Map()
      : readDiskLayer(layer.disk_layer, this.#serviceCluster, this.#stats, this.#onError)
  }

  #merge(): ReadonlyMap<string, JsonValue> {
    this.#version++
    this.#stats.gauge('admin_overrides_active').set((this.#admin?.size ?? 0) > 0 ? 1 : 0)
    const merged = new Map<string, JsonValue>()
    for (const layer of this.#layers) for (const [key, value] of layer.values) merged.set(key, value)
    return merged
  }

  /** Whether any key is set: callers that make keys up per request ask first. */
  get isEmpty(): boolean {
    return this.#merged.size === 0
  }
  get version(): number {
    return this.#version
  }
  get layers(): readonly RuntimeLayer[] {
    return this.#layers
  }

  /** Whether there is an admin layer. */
  get canModify(): boolean {
    return this.#admin !== undefined
  }

  /** Changes the admin layer; '' removes a key. False: there is no admin layer. */
  modify(changes: ReadonlyMap<string, string>): boolean {
    if (this.#admin === undefined) return false
    for (const [key, value] of changes) {
      if (value === '') this.#admin.delete(key)
      else this.#admin.set(key, scalar(value))
    }
    this.#merged = this.#merge()
    return true
  }

  number(key: string, fallback: number): number {
    const value = this.#merged.get(key)
    if (typeof value === 'number') return value
    return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : fallback
  }
  boolean(key: string, fallback: boolean): boolean {
    const value = this.#merged.get(key)
    if (typeof value === 'boolean') return value
    return value === 'true' ? true : value === 'false' ? false : fallback
  }
  text(key: string): string | undefined {
    const value = this.#merged.get(key)
    return value === undefined || value === null
      ? undefined
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  }
  fraction(key: string, fallback: Fraction): Fraction {
    const value = this.#merged.get(key)
    if (typeof value === 'number') return { numerator: value, denominator: 100 }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fallback
    const { numerator, denominator } = value as JsonObject
    return {
      numerator: Number(numerator ?? 0),
      denominator: DENOMINATORS[typeof denominator === 'string' ? denominator : 'HUNDRED'] ?? 100,
    }
  }
}

/** Nested objects become dotted keys, except fractions, which are values. */
function flatten(object: JsonObject, prefix = '', into = new Map<string, JsonValue>()): ReadonlyMap<string, JsonValue> {
  for (const [key, value] of Object.entries(object)) {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !('numerator' in value)
    if (nested) flatten(value as JsonObject, `${prefix}${key}.`, into)
    else into.set(prefix + key, value)
  }
  return into
}
