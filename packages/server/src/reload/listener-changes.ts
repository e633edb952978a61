import type { Message, Problem, Sources } from '@nuncio/config'
import {
  decideListener,
  Listener,
  type ListenerChange,
  type ListenerContext,
  type ListenerInfo,
  type Touched,
} from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import { reportSocketFields } from './restart-fields.ts'

type Config = Message<'envoy.config.listener.v3.Listener'>
type FilterChain = Message<'envoy.config.listener.v3.FilterChain'>
type Live = Listener<HttpServices>

/** Where listeners of a bootstrap stand. */
export function pathInBootstrap(index: number): string {
  return `static_resources.listeners[${index}]`
}

/** A change of one listener, and where the listener stands in the file. */
export interface PlacedChange {
  readonly listener: Live
  readonly change: ListenerChange
  /** As written; undefined for one that goes. */
  readonly config: Config | undefined
  readonly path: string
}

export interface ListenerChanges {
  /** Those that stay and those that come, in the order of the file, then those that go. */
  readonly list: readonly PlacedChange[]
  /** What the server has once the changes are committed. */
  readonly listeners: readonly Live[]
}

export interface ListenerChangesContext {
  readonly context: ListenerContext<HttpServices>
  readonly sources: Sources
  readonly report: (problem: Problem) => void
  /** What became of filter chains that are written the same. */
  readonly touched: (chain: FilterChain) => Touched
  /** Where the listener of an index stands. */
  readonly pathOf: (index: number) => string
}

/** Makes what the listeners of another bootstrap need, beside those that run. */
export function prepareListeners(
  running: readonly Live[],
  configs: readonly Config[],
  site: ListenerChangesContext,
): ListenerChanges {
  const waiting = new Set(running)
  const changes = configs.flatMap((config, i): PlacedChange[] => {
    const path = site.pathOf(i)
    const info = decide(config, path, site)
    if (info === undefined) return []
    // One whose statistics are called otherwise is another listener; its sockets may still go over.
    const same = [...waiting].find(
      ({ name, info: { statPrefix } }) => name === info.name && statPrefix === info.statPrefix,
    )
    if (same === undefined) {
      const listener = new Listener(info, site.context)
      return [told({ listener, change: listener.begin(), config, path }, site)]
    }
    waiting.delete(same)
    const { sources, report } = site
    reportSocketFields(same.info.config, config, { path, sources }, report)
    const change = same.prepare(info, (chain) => site.touched(chain.config))
    return [told({ listener: same, change, config, path }, site)]
  })
  const removed = [...waiting].map((listener) => ({
    listener,
    change: listener.removal(),
    config: undefined,
    path: listener.name,
  }))
  return { list: [...changes, ...removed], listeners: changes.map(({ listener }) => listener) }
}

function decide(config: Config, path: string, site: ListenerChangesContext): ListenerInfo<HttpServices> | undefined {
  const { context, sources, report } = site
  const { info, problems } = decideListener(config, { registries: context.registries, sources, path })
  for (const problem of problems) report(problem)
  return info
}

function told(placed: PlacedChange, site: ListenerChangesContext): PlacedChange {
  for (const problem of placed.change.problems) site.report(problem)
  return placed
}
