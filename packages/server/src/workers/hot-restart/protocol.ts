import type { StatsDump } from '@nuncio/core'
import type { BindAddress } from '@nuncio/listener'

/** What a process that takes over is told of the one before it. */
export interface Inheritance {
  /** How many processes there were before the one that tells. */
  readonly epoch: number
  /** Of the configuration in use. */
  readonly generation: number
  /** When the first of all these processes began, ms since 1970-01-01 UTC. */
  readonly startedWallMs: number
  readonly sockets: readonly InheritedSockets[]
  /** Where the admin listens; undefined: nowhere. */
  readonly admin: BindAddress | undefined
}

export interface InheritedSockets {
  readonly key: string
  readonly at: BindAddress
  readonly reusePort: boolean
  /** Of each socket. */
  readonly ports: readonly number[]
}

interface Asks<A, B> {
  readonly ask: A
  readonly answer: B
}

/** What the process that is replaced answers to the one that replaces it. */
export type PredecessorProcedures = {
  readonly inheritance: Asks<undefined, Inheritance>
  /** Answered with the socket. */
  readonly socket: Asks<{ readonly key: string; readonly index: number }, void>
  readonly adminSocket: Asks<undefined, void>
  /** What was counted so far. */
  readonly totals: Asks<undefined, StatsDump>
  /** The successor serves; answered when it has done so long enough to be trusted. */
  readonly serves: Asks<undefined, void>
  /** The successor stands on its own: finish what is under way, tell the last totals, and end. */
  readonly retire: Asks<undefined, StatsDump>
}
