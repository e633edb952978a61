import type { Message, Problem, Sources } from '@nuncio/config'
import { sameConfig } from '@nuncio/listener'
import type { Bootstrap } from '../load-configuration.ts'

/** Fields of a bootstrap that a reload applies. All others are read when the process starts. */
const APPLIED: ReadonlySet<string> = new Set(['static_resources', 'layered_runtime'])

/** Fields of a listener that belong to its sockets, which stay while its address stays. */
const OF_SOCKETS = ['tcp_backlog_size', 'enable_reuse_port', 'reuse_port'] as const

type Listener = Message<'envoy.config.listener.v3.Listener'>

/** The bootstrap that a reload can bring about: what needs a restart stays as it is, and is told. */
export function withoutRestartFields(
  before: Bootstrap,
  after: Bootstrap,
  sources: Sources,
  report: (problem: Problem) => void,
): Bootstrap {
  const kept: Record<string, unknown> = {}
  const [old, now] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>]
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (APPLIED.has(field) || sameConfig(old[field], now[field])) continue
    kept[field] = old[field]
    report(needsRestart(field, sources.positionOf(after, field) ?? sources.positionOf(after)))
  }
  return { ...after, ...kept }
}

/** Tells what changed of a listener that its sockets, which stay, cannot take over. */
export function reportSocketFields(
  before: Listener,
  after: Listener,
  place: { readonly path: string; readonly sources: Sources },
  report: (problem: Problem) => void,
): void {
  if (!sameConfig(before.address, after.address)) return
  for (const field of OF_SOCKETS) {
    if (sameConfig(before[field], after[field])) continue
    const position = place.sources.positionOf(after, field) ?? place.sources.positionOf(after)
    report(needsRestart(`${place.path}.${field}`, position))
  }
}

function needsRestart(path: string, position: ReturnType<Sources['positionOf']>): Problem {
  return {
    code: 'needs-restart',
    severity: 'warning',
    path,
    message: `a change of ${path.slice(path.lastIndexOf('.') + 1)} needs a restart: it stays what it was`,
    hint: 'All else that changed is applied.',
    ...(position ?? { file: '', line: 0, column: 0 }),
  }
}
