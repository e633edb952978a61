import type { JsonValue, Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import { compileValueMatcher, type ValueMatcher } from './value-matcher.ts'

/** Metadata by namespace, as streams, connections and routes carry it. */
export type MetadataMap = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** The value at a path of keys below a namespace; undefined when any step is missing. */
export function metadataValue(
  metadata: MetadataMap | undefined,
  namespace: string,
  path: readonly string[],
): JsonValue | undefined {
  return valueAtPath(metadata?.get(namespace), path)
}

/** The value at a path of keys below a namespace's fields; undefined when any step is missing. */
export function valueAtPath(
  fields: Readonly<Record<string, unknown>> | undefined,
  path: readonly string[],
): JsonValue | undefined {
  let value: unknown = fields
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value as JsonValue | undefined
}

/** A test of dynamic metadata. */
export class MetadataMatcher {
  readonly namespace: string
  readonly path: readonly string[]
  readonly #value: ValueMatcher
  readonly #invert: boolean

  constructor(config: Message<'envoy.type.matcher.v3.MetadataMatcher'>, place: ConfigPlace) {
    this.namespace = config.filter ?? ''
    this.path = (config.path ?? []).map((segment) => segment.key ?? '')
    this.#value = compileValueMatcher(config.value ?? {}, place.at('value', config.value))
    this.#invert = config.invert === true
  }

  matches(metadata: MetadataMap | undefined): boolean {
    return this.#value.matches(metadataValue(metadata, this.namespace, this.path)) !== this.#invert
  }
  describe(): string {
    return `metadata ${this.namespace}:${this.path.join('.')} ${this.#invert ? 'not ' : ''}${this.#value.describe()}`
  }
  explain(metadata: MetadataMap | undefined): string {
    const value = metadataValue(metadata, this.namespace, this.path)
    return value === undefined ? 'got absent' : `got ${JSON.stringify(value)}`
  }
}

/** Compiles a list of metadata matchers that stands in a field of the message at `place`. */
export function compileMetadataMatchers(
  configs: readonly Message<'envoy.type.matcher.v3.MetadataMatcher'>[] | undefined,
  place: ConfigPlace,
  field: string,
): MetadataMatcher[] {
  return (configs ?? []).map((config, i) => new MetadataMatcher(config, place.item(field, i, config)))
}
