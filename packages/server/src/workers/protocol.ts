import type {
  AdminRequest,
  AdminResponse,
  CertificateView,
  ListenerView,
  RuntimeView,
  ServerInfoView,
  ServerState,
} from '@nuncio/admin'
import type { ClusterView } from '@nuncio/cluster'
import type { JsonObject } from '@nuncio/config'
import type { LogLevel, StatsDump } from '@nuncio/core'
import type { BindAddress, SocketUse } from '@nuncio/listener'
import type { PreparedReload, ReloadOutcome } from '../reload/contracts.ts'

// What the primary and its workers ask each other.

/** What a worker is to serve. */
export interface StartRequest {
  readonly source: string | Uint8Array
  /** As the command line gave them; the worker makes its options of them. */
  readonly values: Readonly<Record<string, unknown>>
  /** Number of the configuration that the source is. */
  readonly generation: number
  readonly slot: number
  readonly workers: number
}

/** What the admin shows of one worker. Views are as its own admin would have them. */
export interface WorkerReport {
  readonly stats: StatsDump
  readonly state: ServerState
  readonly info: ServerInfoView
  readonly listeners: readonly ListenerView[]
  readonly clusters: readonly ClusterView[]
  readonly certificates: readonly CertificateView[]
  readonly runtime: RuntimeView
  readonly unready: readonly { readonly name: string; readonly targets: readonly string[] }[]
  readonly logLevels: readonly (readonly [component: string, level: LogLevel])[]
  readonly memory: {
    readonly heapUsed: number
    readonly heapTotal: number
    readonly external: number
    readonly rss: number
  }
  /** Only when it was asked for. */
  readonly configDump: readonly JsonObject[] | undefined
}

/** What an admin may do to all workers. */
export type WorkerAction =
  | { readonly do: 'reset-counters' }
  | { readonly do: 'reopen-logs' }
  | { readonly do: 'fail-health-checks'; readonly fail: boolean }
  | {
      readonly do: 'drain-listeners'
      readonly graceful: boolean
      readonly skipExit: boolean
      readonly inboundOnly: boolean
    }
  | { readonly do: 'modify-runtime'; readonly values: ReadonlyMap<string, string> }
  | { readonly do: 'log-level'; readonly level: LogLevel; readonly component: string | undefined }

interface Asks<A, B> {
  readonly ask: A
  readonly answer: B
}

/** What a worker answers. */
export type WorkerProcedures = {
  /** Answered when it serves. */
  readonly start: Asks<StartRequest, void>
  readonly report: Asks<{ readonly dump: 'none' | 'plain' | 'with-endpoints' }, WorkerReport>
  readonly ping: Asks<undefined, void>
  /** What the worker's own admin answers about its balancers. */
  readonly balancers: Asks<AdminRequest, AdminResponse>
  /** The first half of a reload, as `Server.prepareReload`. */
  readonly prepare: Asks<{ readonly source: string | Uint8Array }, Omit<PreparedReload, 'commit' | 'discard'>>
  /** The second half of the last one that was prepared. */
  readonly settle: Asks<{ readonly commit: boolean }, ReloadOutcome | undefined>
  /** Answered, with the last of its statistics, when nothing is under way any more; the worker ends then. */
  readonly drain: Asks<{ readonly timeMs: number }, StatsDump>
  readonly act: Asks<WorkerAction, void>
  /** Accept for a socket of a sibling that is gone, which comes along; until `return`. */
  readonly lend: Asks<{ readonly key: string; readonly loan: number }, void>
  readonly return: Asks<{ readonly loan: number }, void>
}

/** What the primary answers. */
export type PrimaryProcedures = {
  /** Answered with the socket. */
  readonly socket: Asks<{ readonly at: BindAddress; readonly use: SocketUse }, { readonly key: string }>
  readonly released: Asks<{ readonly key: string }, void>
}
