import type { HttpFilterDefinition } from './filter.ts'

/** The types of configuration whose definition is another one, or is only in one of two lists; the first of a type counts. */
export function changedTypes(
  before: readonly HttpFilterDefinition[],
  after: readonly HttpFilterDefinition[],
): ReadonlySet<string> {
  const changed = new Set<string>()
  if (before === after) return changed
  const [old, now] = [byType(before), byType(after)]
  for (const [type, definition] of old) if (now.get(type) !== definition) changed.add(type)
  for (const type of now.keys()) if (!old.has(type)) changed.add(type)
  return changed
}

/** Whether a typed configuration of one of these types stands anywhere in a value. */
export function mentionsType(value: unknown, types: ReadonlySet<string>): boolean {
  if (types.size === 0 || typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (Array.isArray(value)) return value.some((item) => mentionsType(item, types))
  const type = (value as { readonly '@type'?: unknown })['@type']
  if (typeof type === 'string' && types.has(type)) return true
  return Object.values(value).some((item) => mentionsType(item, types))
}

function byType(definitions: readonly HttpFilterDefinition[]): ReadonlyMap<string, HttpFilterDefinition> {
  return new Map(definitions.toReversed().map((definition) => [definition.config.type, definition]))
}
