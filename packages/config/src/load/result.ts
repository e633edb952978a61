import type { Problem } from '../problem.ts'
import type { Sources } from '../position.ts'
import type { JsonValue } from '../values.ts'

/** What came of loading a text. */
export interface LoadResult<T> {
  /** All that was found, in the order of the text. */
  readonly problems: readonly Problem[]
  /** The normalised, frozen configuration; undefined when a problem is an error. */
  readonly config: T | undefined
  /** What could be read although there are errors: for tools that go on looking. Fields with errors are left out. */
  readonly partial: T | undefined
  /** Where each object of the configuration was written. */
  readonly sources: Sources
  /** The texts by file name, for showing problems with their lines. */
  readonly texts: ReadonlyMap<string, string>
  /** What was read as proto-JSON with snake_case names and without secrets; made when it is first asked for. */
  readonly json: JsonValue | undefined
}
