import { type ConfigView, viewBootstrap } from '@nuncio/checks'
import type { Problem } from '@nuncio/config'
import { statName } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import type { Bootstrap } from '../load-configuration.ts'
import type { ServerParts } from '../nuncio-server.ts'

/** A configuration in use: frozen, replaced whole by the next one. */
export interface ConfigSnapshot {
  /** 1 is the one that the server began with; each one that is applied has the next number. */
  readonly generation: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly appliedAtMs: number
  /** What runs: where something needs a restart to change, what it was before. */
  readonly bootstrap: Bootstrap
  /** The configuration as it was written, with its places. */
  readonly view: ConfigView
  readonly problems: readonly Problem[]
  /** Where the statistics of its virtual hosts are. */
  readonly hostStats: readonly string[]
  /** Definitions that were given, before the built-in ones. */
  readonly httpFilters: readonly HttpFilterDefinition[]
}

export function firstSnapshot({ bootstrap, loaded, options, problems, time }: ServerParts): ConfigSnapshot {
  return {
    generation: options.generation ?? 1,
    appliedAtMs: time.wallMs(),
    bootstrap,
    ...viewed(viewBootstrap(loaded, bootstrap)),
    problems,
    httpFilters: options.httpFilters ?? NO_FILTERS,
  }
}

/** A configuration as it was written, and what is told from that. */
export function viewed(view: ConfigView): Pick<ConfigSnapshot, 'view' | 'hostStats'> {
  const hosts = view.loaded.routeConfigurations.flatMap(({ virtual_hosts: list = [] }) => list)
  return { view, hostStats: hosts.map(({ name = '' }) => statName(`vhost.${name}.`)) }
}

const NO_FILTERS: readonly HttpFilterDefinition[] = []
