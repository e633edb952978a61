import type { RequestHeaders, ResponseHeaders, StreamInfo } from '@nuncio/core'
import type { PerFilterConfig, Route, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import { formatting } from '../headers/format-context.ts'
import type { HeaderMutations } from '../headers/mutations.ts'
import { filterConfigsOf, type PerFilterConfigs } from '../per-filter-config/per-filter-config.ts'

/** What a matched route leads to: one entry, or one of several by weight. */
export interface RouteSelector {
  /** Undefined: the route does not count as matched after all. */
  select(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): Route | undefined
  /** All that it may select. */
  readonly entries: readonly Route[]
}

/** What all routes of a level share: shared arrays and maps where a level adds nothing. */
export interface Inherited {
  readonly filterConfigs: PerFilterConfigs
  /** In the order in which they apply. */
  readonly requestMutations: readonly HeaderMutations[]
  readonly responseMutations: readonly HeaderMutations[]
}

const NO_METADATA: Readonly<Record<string, Readonly<Record<string, unknown>>>> = Object.freeze({})

/** The base of all routes. */
export abstract class RouteEntry {
  readonly info: RouteInfo
  readonly virtualHost: VirtualHostInfo
  readonly inherited: Inherited

  constructor(info: RouteInfo, virtualHost: VirtualHostInfo, inherited: Inherited) {
    this.info = info
    this.virtualHost = virtualHost
    this.inherited = inherited
  }

  get name(): string {
    return this.info.name
  }
  get metadata(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    return this.info.config.metadata?.filter_metadata ?? NO_METADATA
  }
  get tracing(): RouteInfo['tracing'] {
    return this.info.tracing
  }
  filterConfigs(name: string): readonly PerFilterConfig[] {
    return filterConfigsOf(this.inherited.filterConfigs, name)
  }
  finalizeResponseHeaders(headers: ResponseHeaders, info: StreamInfo, request: RequestHeaders): void {
    const levels = this.inherited.responseMutations
    for (let i = 0; i < levels.length; i++) levels[i]!.apply(headers, formatting(info, request, headers))
  }
}
