import type { Position } from './position.ts'

/** How bad a problem is: a configuration with an `error` is not used. */
export type Severity = 'error' | 'warning' | 'info'

/** Something to say about a configuration. Data, never thrown: all problems of a file come in one pass. */
export interface Problem extends Position {
  /** Stable, kebab-case: `unknown-field`, `unsupported`, `dangling-reference`, … */
  readonly code: string
  readonly severity: Severity
  /** As in `static_resources.listeners[0].name`. */
  readonly path: string
  readonly message: string
  /** What to do about it, or ''. */
  readonly hint: string
}
