import type { ConfigDiff } from '@nuncio/checks'
import type { Problem } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'

/** How a reload reads the configuration; what is left out stays as it is. */
export interface ReloadOptions {
  /** Name of the file that the text came from, for problems. */
  readonly file?: string
  /** In place of the filters that were given before: what uses a definition that is another one now is made anew. */
  readonly httpFilters?: readonly HttpFilterDefinition[]
}

/** What came of a reload. */
export interface ReloadOutcome {
  /**
   * - `applied`: new streams and connections are under the new configuration
   * - `unchanged`: it says what the one in use says; the generation stays
   * - `rejected`: nothing changed, `problems` say why
   */
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  /** Of the configuration that is in use now. */
  readonly generation: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly atMs: number
  /** Everything that is to be said about the configuration that was given. */
  readonly problems: readonly Problem[]
  /** The texts by file name, for showing problems. */
  readonly texts: ReadonlyMap<string, string>
  /** What changes, and which connections close; undefined when it could not be read. */
  readonly diff: ConfigDiff | undefined
}

/**
 * A configuration that was checked and made, warm and bound, and is not in use yet. One of the two is called, once; until
 * then no other is prepared.
 */
export interface PreparedReload {
  readonly outcome: 'changed' | 'unchanged' | 'rejected'
  readonly problems: readonly Problem[]
  readonly texts: ReadonlyMap<string, string>
  readonly diff: ConfigDiff | undefined
  /** Puts it in use: at once, whole, and without fail. For `unchanged` and `rejected` it only counts and tells. */
  commit(): ReloadOutcome
  /** Leaves everything as it is. */
  discard(): void
}
