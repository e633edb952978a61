import type { FormatEnvironment, FormatExtensions } from '@nuncio/access-log'
import type { Message, Problem, Sources } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'

/** By the cluster's name; undefined when it has none. */
export type HttpOptionsOf = (
  cluster: string,
) => Message<'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'> | undefined

/** What compiling a route configuration may be given. */
export interface RouteTableOptions {
  /** Told of each problem, in the order of the configuration; errors are what Envoy refuses, or nuncio lacks. */
  readonly report: (problem: Problem) => void
  readonly sources?: Sources | undefined
  readonly runtime?: Runtime | undefined
  /** Where the configuration stands, for the paths of problems. */
  readonly path?: string
  /** The clusters there are; when given, routes to others are problems, unless `validate_clusters` says otherwise. */
  readonly clusters?: { has(name: string): boolean } | undefined
  /** What `validate_clusters` is by default: true for a configuration inside a listener, false for one from RDS. */
  readonly validateClusters?: boolean
  /** For format strings in header values, rewrites and bodies. */
  readonly formatEnvironment?: FormatEnvironment | undefined
  readonly formatExtensions?: FormatExtensions | undefined
  /** Reads a file that holds the body of a direct response; throws when it cannot. */
  readonly readFile?: ((path: string) => Uint8Array) | undefined
  /** The HTTP options of a cluster, whose policies hold in place of a route's: for explanations. */
  readonly httpOptionsOf?: HttpOptionsOf | undefined
  /** Routes are asked for what they match alone: a request whose `x-forwarded-proto` is empty may have one, too. */
  readonly matchesOnly?: boolean
  /** From how many routes on a virtual host gets an index; fewer are looked through. */
  readonly indexFrom?: number
}
