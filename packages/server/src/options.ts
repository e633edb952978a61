import type { AdminEndpoint } from '@nuncio/admin'
import type { LoadBalancerDefinition, ScoreTermDefinition } from '@nuncio/balancers'
import type { Problem } from '@nuncio/config'
import type { Logger, RandomGenerator, TimeSource } from '@nuncio/core'
import type { AnyHttpFilterDefinition } from '@nuncio/filter-chain'
import type { ListenerFilterDefinition, NetworkFilterDefinition } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import type { WorkerRole } from './workers/worker-role.ts'

/** How `createServer` reads its configuration and what it may use. All have defaults. */
export interface ServerOptions {
  /** Name of the file that the text came from, for problems. */
  readonly file?: string
  /** Reads the configuration again, for `reread` and `POST /reload`. What it throws is told as a problem. */
  readonly read?: () => string | Uint8Array | Promise<string | Uint8Array>
  /** YAML that is merged over the file, as `--config-yaml` is. */
  readonly mergeYaml?: string | undefined
  /** What nuncio does not honour is a warning, not an error. */
  readonly allowUnsupported?: boolean
  /** Unknown fields are warnings, not errors. */
  readonly allowUnknownFields?: boolean
  /** It is one of several workers: the primary has the sockets, the admin, and the statistics' sinks. */
  readonly worker?: WorkerRole
  /** Check everything, bind nothing. */
  readonly validateOnly?: boolean
  /** `ephemeral`: every listener and the admin take a free port, whatever the file says. For tests. */
  readonly ports?: 'configured' | 'ephemeral'
  /** Endpoints that stand in for those of the file, by cluster: `{ api: ['127.0.0.1:3000'] }`. For tests. */
  readonly endpoints?: Readonly<Record<string, readonly string[]>>
  /** Number of the first configuration; 1 unless it takes the place of a server that had others. */
  readonly generation?: number
  /** More filters than nuncio's own; one with the same type replaces it. */
  readonly httpFilters?: readonly AnyHttpFilterDefinition[]
  readonly networkFilters?: readonly NetworkFilterDefinition<unknown, HttpServices>[]
  readonly listenerFilters?: readonly ListenerFilterDefinition[]
  readonly loadBalancers?: readonly LoadBalancerDefinition[]
  /** Terms of a server's score beside those that come with nuncio. */
  readonly scoreTerms?: readonly ScoreTermDefinition[]
  readonly time?: TimeSource
  readonly random?: RandomGenerator
  readonly logger?: Logger
  readonly version?: string
  /** For `/server_info`. */
  readonly commandLine?: Readonly<Record<string, unknown>>
  /** More endpoints of the admin address. */
  readonly adminEndpoints?: readonly AdminEndpoint[]
  /** Names by which the admin may be called, besides IP addresses, `localhost` and this machine's name. */
  readonly adminHosts?: readonly string[]
  readonly node?: {
    readonly cluster?: string | undefined
    readonly id?: string | undefined
    readonly zone?: string | undefined
    /** Of this machine, as others reach it: told in place of loopback peers. By default its first IPv4 address. */
    readonly address?: string | undefined
  }
  /** How long lines wait before they are written to log files; 1000 by default. */
  readonly logFlushIntervalMs?: number
  readonly drainTimeMs?: number
  readonly drainStrategy?: 'gradual' | 'immediate'
  /** Told of everything that is to be said about the configuration, with the texts by file name. */
  readonly onProblems?: (problems: readonly Problem[], texts: ReadonlyMap<string, string>) => void
}
