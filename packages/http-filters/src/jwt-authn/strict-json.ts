import { utf8Bytes, utf8Text } from '@nuncio/core'

export type JsonObject = Readonly<Record<string, unknown>>

const MAX_DEPTH = 32

/**
 * Reads a JSON object from UTF-8; undefined for anything else, and for what two readers could understand differently:
 * a name that comes twice in one object, bytes that are no UTF-8. Also for what is nested too deeply.
 */
export function strictJsonObject(bytes: Uint8Array): JsonObject | undefined {
  const text = utf8Text(bytes)
  if (text.includes('\ufffd') && !same(utf8Bytes(text), bytes)) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return hasOneMeaning(text) ? (value as JsonObject) : undefined
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** Walks over text that is JSON: whether no object has a name twice, and nothing is nested too deeply. */
function hasOneMeaning(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let before = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const names = open.at(-1)
    if (token === '{' || token === '[') {
      if (open.length === MAX_DEPTH) return false
      open.push(token === '{' ? new Set() : undefined)
    } else if (token === '}' || token === ']') open.pop()
    else if (names !== undefined && token.startsWith('"') && (before === '{' || before === ',')) {
      const name = JSON.parse(token) as string
      if (names.has(name)) return false
      names.add(name)
    }
    before = token
  }
  return true
}
