import { eventually } from '../client/waiting.ts'
import { admin, type Proxy } from '../proxies/proxy.ts'

/** Counters and gauges by name; all of them, or those that a regular expression finds. */
export async function readStats(proxy: Proxy, filter?: string): Promise<ReadonlyMap<string, number>> {
  const { text } = await admin(proxy, filter === undefined ? '/stats' : `/stats?filter=${encodeURIComponent(filter)}`)
  return new Map(
    text.split('\n').flatMap((line) => {
      const colon = line.lastIndexOf(': ')
      const value = Number(line.slice(colon + 2))
      return colon < 0 || Number.isNaN(value) ? [] : [[line.slice(0, colon), value] as const]
    }),
  )
}

/** Connections that clients have left are still being closed: what is counted of them is counted when they are gone. */
const CLOSING_MS = 6000
const OPEN = /^(?:listener|http|tcp)\.(?!admin\.).*\bdownstream_cx_active$/

/**
 * Not compared: bytes (HPACK and pieces differ), who closed a connection first (a race with the client), requests of the
 * suite itself, and words of one of the two proxies.
 */
const NOT_COMPARED =
  /_bytes_total$|\badmin\.|cx_destroy_(?:local|remote)|delayed_close_timeout|\.fate\.|nghttp2_|\.ssl\.sigalgs\.|per_socket_event|\.worker_0\./

/** Counters whose name matches, and that are not 0. Addresses in names are left out, as ports differ. */
export async function movedCounters(proxy: Proxy, names: string): Promise<Record<string, number>> {
  await eventually(CLOSING_MS, async () =>
    [...(await readStats(proxy))].every(([name, value]) => value === 0 || !OPEN.test(name)),
  )
  const { text } = await admin(proxy, `/stats?type=Counters&usedonly&filter=${encodeURIComponent(names)}`)
  const lines = text.split('\n').flatMap((line) => {
    const [, name = '', value] = /^(.*): (\d+)$/.exec(line) ?? []
    return name === '' || value === '0' || NOT_COMPARED.test(name)
      ? []
      : [[name.replace(/127\.0\.0\.1_\d+/, '<address>'), Number(value)] as const]
  })
  return Object.fromEntries(lines.toSorted(([a], [b]) => (a < b ? -1 : 1)))
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
