import type { Server } from '@nuncio/server'
import { statOf } from './proxy.ts'

const GAUGES = [
  'cluster.origins.upstream_rq_active',
  'cluster.origins.upstream_rq_pending_active',
  'http.chaos.downstream_rq_active',
  'http.chaos.downstream_cx_active',
]
const COUNTED = new Set(['TCPSocketWrap', 'TCPServerWrap', 'Timeout', 'UDPWrap', 'GetAddrInfoReqWrap'])

/** What this process holds open, by kind. */
export function openHandles(): Record<string, number> {
  const held: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) if (COUNTED.has(kind)) held[kind] = (held[kind] ?? 0) + 1
  return held
}

/** Gauges of a proxy without clients that are not back at 0 in time, as `name = value`. */
export async function stuckGauges(server: Server, withinMs: number): Promise<readonly string[]> {
  const until = performance.now() + withinMs
  for (;;) {
    const stuck = GAUGES.filter((name) => statOf(server, name) !== 0)
    if (stuck.length === 0) return []
    if (performance.now() > until) return stuck.map((name) => `${name} = ${statOf(server, name)}`)
    await pause(20)
  }
}

/** Kinds of which more is open than before, as `kind +n`. */
export async function leakedHandles(before: Record<string, number>, withinMs: number): Promise<readonly string[]> {
  const until = performance.now() + withinMs
  for (;;) {
    const more = Object.entries(openHandles()).filter(([kind, count]) => count > (before[kind] ?? 0))
    if (more.length === 0) return []
    if (performance.now() > until) return more.map(([kind, count]) => `${kind} +${count - (before[kind] ?? 0)}`)
    await immediately()
  }
}

/** Lets the event loop turn without a timer, which would count as a handle. */
function immediately(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
