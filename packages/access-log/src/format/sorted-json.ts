import { asBytes } from './escape.ts'

const MAX_DEPTH = 64

/** JSON with sorted keys, as bytes in Latin-1 text. What has no JSON form, and what lies deeper than 64, is null. */
export function sortedJson(value: unknown): string {
  return asBytes(write(value, 0))
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 'null'
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), depth + 1)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${quoted(key)}:${write(field, depth + 1)}`).join(',')}}`
}

/** As JSON, which lets DEL stand; a log line does not. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}
