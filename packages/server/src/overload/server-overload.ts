import type { LoadResult, Problem } from '@nuncio/config'
import type { OverloadState, Runtime, StatsStore, TimeSource } from '@nuncio/core'
import { fileDescriptorLimit, GlobalConnectionLimit } from '@nuncio/listener'
import { findingReporter } from '@nuncio/network-filters'
import type { Bootstrap } from '../load-configuration.ts'
import type { ServerOptions } from '../options.ts'
import { NodeMachine } from '../platform/node-machine.ts'
import { configuredConnectionLimit, OverloadManager } from './overload-manager.ts'

/** How one server protects itself: the limit on its connections, and its overload manager. */
export interface ServerOverload {
  readonly state: OverloadState
  readonly admission: GlobalConnectionLimit
  /** Undefined without `overload_manager`. */
  readonly manager: OverloadManager | undefined
}

export interface ServerOverloadParts {
  readonly bootstrap: Bootstrap
  readonly state: OverloadState
  readonly stats: StatsStore
  readonly time: TimeSource
  readonly runtime: Runtime
  readonly loaded: LoadResult<Bootstrap>
  readonly problems: Problem[]
  readonly options: ServerOptions
}

export function serverOverload(parts: ServerOverloadParts): ServerOverload {
  const { state, stats, time, loaded, problems } = parts
  const config = parts.bootstrap.overload_manager
  const admission = new GlobalConnectionLimit(connectionLimit(parts), () => state.refusesConnection())
  if (config === undefined) return { state, admission, manager: undefined }
  const manager = new OverloadManager(config, {
    state,
    stats,
    time,
    machine: new NodeMachine(),
    connections: () => admission.active,
    report: findingReporter('overload_manager', (problem) => void problems.push(problem), loaded.sources),
  })
  return { state, admission, manager }
}

/**
 * How many downstream connections there may be: what the configuration says, a worker's share of it, or the runtime;
 * else half of the files that the process may open, for each may need an upstream connection. Past that Node would
 * close them unseen.
 */
function connectionLimit({ bootstrap, options, runtime }: ServerOverloadParts): () => number {
  const files = fileDescriptorLimit()
  const unset = files === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((files - 64) / 2))
  const configured = configuredConnectionLimit(bootstrap.overload_manager)
  if (configured !== undefined) return () => Math.ceil(configured / (options.worker?.workers ?? 1))
  return () => runtime.number('overload.global_downstream_max_connections', unset)
}
