import type { JsonObject, JsonValue } from '@nuncio/config'

/** Paths of a field mask as a tree; an empty node keeps all that is below it. */
interface MaskNode {
  readonly children: Map<string, MaskNode>
}

/** Parses `bootstrap.node,bootstrap.admin`. */
export function parseMask(mask: string): MaskNode {
  const root: MaskNode = { children: new Map() }
  for (const path of mask.split(',').filter((each) => each !== '')) {
    let node = root
    for (const name of path.split('.')) {
      let next = node.children.get(name)
      if (next === undefined) node.children.set(name, (next = { children: new Map() }))
      node = next
    }
  }
  return root
}

/** Keeps what the mask names, and `@type`; undefined when nothing of it is there. Masks go through lists. */
export function applyMask(config: JsonObject, mask: MaskNode): JsonObject | undefined {
  const kept: [string, JsonValue][] = []
  for (const [name, child] of mask.children) {
    if (!Object.hasOwn(config, name)) continue
    const value = child.children.size === 0 ? config[name]! : below(config[name]!, child)
    if (value !== undefined) kept.push([name, value])
  }
  if (kept.length === 0) return undefined
  return Object.fromEntries(Object.hasOwn(config, '@type') ? [['@type', config['@type']!], ...kept] : kept)
}

function below(value: JsonValue, mask: MaskNode): JsonValue | undefined {
  if (isList(value)) {
    const items = value.map((item) => below(item, mask)).filter((item): item is JsonValue => item !== undefined)
    return items.length === 0 ? undefined : items
  }
  return typeof value === 'object' && value !== null ? applyMask(value, mask) : undefined
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
