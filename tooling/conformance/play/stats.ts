import { admin, type Proxy } from '../proxies/proxy.ts'

/** Counters and gauges by name. */
export async function readStats(proxy: Proxy): Promise<ReadonlyMap<string, number>> {
  const { text } = await admin(proxy, '/stats')
  return new Map(
    text.split('\n').flatMap((line) => {
      const colon = line.lastIndexOf(': ')
      const value = Number(line.slice(colon + 2))
      return colon < 0 || Number.isNaN(value) ? [] : [[line.slice(0, colon), value] as const]
    }),
  )
}

/** How the named ones changed. */
export function changes(
  names: readonly string[],
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number | 'absent'> {
  return Object.fromEntries(
    names.map((name) => {
      const now = after.get(name)
      return [name, now === undefined ? 'absent' : now - (before.get(name) ?? 0)]
    }),
  )
}
