import type { Problem } from '@nuncio/config'
import type { Bound } from './bind.ts'
import type { SocketPlan } from './socket-plan.ts'

/**
 * - `added`, `removed`: the listener begins, or ends
 * - `unchanged`: the configuration is the same
 * - `in-place`: filter chains that did not change keep their connections, and so do those whose filter takes the change over
 * - `replaced`: more than filter chains changed, all older connections drain
 */
export type ChangeOutcome = 'added' | 'unchanged' | 'in-place' | 'replaced' | 'removed'

/**
 * A change of a listener in steps, so that changes of several can be applied together or not at all: look at `problems`,
 * wait for `ready`, then `bind`; `commit` cannot fail, and `discard` leaves everything as it was. Until then the old serves.
 */
export interface ListenerChange {
  readonly outcome: ChangeOutcome
  readonly problems: readonly Problem[]
  /** Sockets that it has no use for afterwards: they belong into the plan. */
  readonly givesUp: readonly Bound[]
  /** Settles when everything new is there: secrets, route tables. */
  ready(): Promise<void>
  /** Gets the sockets that it lacks. Rejects with a `ListenError`. */
  bind(plan: SocketPlan): Promise<void>
  /** Connections of what went drain for `drainMs` and are then closed. */
  commit(drainMs: number): void
  discard(): void
}
