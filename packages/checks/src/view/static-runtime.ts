import type { JsonObject, JsonValue, Message } from '@nuncio/config'
import type { Fraction, Runtime } from '@nuncio/core'

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }

/** A runtime with fixed values, by dotted key. */
export class StaticRuntime implements Runtime {
  readonly #values: ReadonlyMap<string, JsonValue>

  constructor(values: ReadonlyMap<string, JsonValue>) {
    this.#values = values
  }

  number(key: string, fallback: number): number {
    const value = this.#values.get(key)
    if (typeof value === 'number') return value
    return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : fallback
  }
  boolean(key: string, fallback: boolean): boolean {
    const value = this.#values.get(key)
    if (typeof value === 'boolean') return value
    return value === 'true' ? true : value === 'false' ? false : fallback
  }
  text(key: string): string | undefined {
    const value = this.#values.get(key)
    if (value === undefined || value === null) return undefined
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  fraction(key: string, fallback: Fraction): Fraction {
    const value = this.#values.get(key)
    if (typeof value === 'number') return { numerator: value, denominator: 100 }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fallback
    const { numerator, denominator } = value as JsonObject
    return {
      numerator: Number(numerator ?? 0),
      denominator: typeof denominator === 'string' ? (DENOMINATORS[denominator] ?? 100) : 100,
    }
  }
}

/** The values of a bootstrap's static layers, later ones over earlier ones. What other layers hold is not in the file. */
export function staticLayers(
  bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'> | undefined,
): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>()
  for (const { static_layer: layer } of bootstrap?.layered_runtime?.layers ?? [])
    if (layer !== undefined) flatten(layer, '', values)
  return values
}

/** Nested objects become dotted keys, except fractions, which are values. */
export function flatten(object: JsonObject, prefix: string, into: Map<string, JsonValue>): void {
  for (const [key, value] of Object.entries(object)) {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !('numerator' in value)
    if (nested) flatten(value as JsonObject, `${prefix}${key}.`, into)
    else into.set(prefix + key, value)
  }
}
