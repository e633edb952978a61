import type { JsonObject, JsonValue } from '@nuncio/config'

/** Puts `over` on top of `under`: objects merge, lists follow each other, anything else is replaced. */
export function merged(under: JsonObject, over: JsonObject): JsonObject {
  const fields: Record<string, JsonValue> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(under, key) ? under[key] : undefined
    if (isObject(old) && isObject(value)) fields[key] = merged(old, value)
    else if (Array.isArray(old) && Array.isArray(value)) fields[key] = [...old, ...value]
    else fields[key] = value
  }
  return fields
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
