import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'

/** Header lines of what node:http2 gives; what it joined stays joined. */
export function pairsOf(headers: IncomingHttpHeaders): readonly (readonly [string, string])[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [name, String(each)] as const),
  )
}

export function recordOf(pairs: readonly (readonly [string, string])[]): OutgoingHttpHeaders {
  const record: Record<string, string | string[]> = {}
  for (const [name, value] of pairs) {
    const old = record[name]
    record[name] = old === undefined ? value : [...(Array.isArray(old) ? old : [old]), value]
  }
  return record
}
