/** What a configuration looks like from far away: things in six columns, and what leads where. */
export interface MapModel {
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
}

export const COLUMNS = ['listener', 'chain', 'host', 'route', 'cluster', 'endpoint'] as const
export type MapColumn = (typeof COLUMNS)[number]

export interface MapNode {
  readonly id: string
  readonly column: MapColumn
  readonly title: string
  /** A second line, such as what a route matches; may be ''. */
  readonly detail: string
  /** Where it is written, from 1; 0 = nowhere. */
  readonly line: number
  readonly errors: number
  readonly warnings: number
  /** It stands for so many things that are not shown; 0 = for itself. */
  readonly hidden: number
}

export interface MapEdge {
  readonly from: string
  readonly to: string
}

export const listenerId = (index: number): string => `l${index}`
/** -1 is the default filter chain. */
export const chainId = (listener: number, index: number): string => `f${listener}.${index}`
export const hostId = (config: number, index: number): string => `v${config}.${index}`
export const routeId = (config: number, host: number, index: number): string => `r${config}.${host}.${index}`
export const moreId = (parent: string): string => `${parent}+`
export const clusterId = (name: string): string => `c:${name}`
export const endpointId = (cluster: string, address: string): string => `e:${cluster}:${address}`
