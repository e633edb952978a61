import type { Message, MessageName } from '../message.ts'
import type { Severity } from '../problem.ts'

/** What a rule sees of a configuration that was read, and how it speaks. */
export interface SemanticContext {
  /** All messages of a type, wherever they stand, in the order of the text. Fields with errors are left out of them. */
  found<T extends MessageName>(type: T): readonly Message<T>[]
  /** The bootstrap; undefined when only a part of one was loaded, so that what it refers to is not known. */
  readonly bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'> | undefined
  /** The names of the static clusters. */
  readonly clusters: ReadonlySet<string>
  /** Whether clusters may also come while the server runs. */
  readonly dynamicClusters: boolean
  /** Whether the text has the field, though its value may have been left out for an error in it. */
  isWritten(node: object, field: string): boolean
  /** The nearest of the names, for a hint; undefined when none is near, or after many that were asked for. */
  nearest(name: string, names: readonly string[] | ReadonlySet<string>): string | undefined
  say(
    code: string,
    severity: Severity,
    node: object,
    field: string | number | undefined,
    message: string,
    hint?: string,
  ): void
}

/** One rule that needs more than one field to be seen. */
export interface SemanticRule {
  /** The types whose messages the rule asks for. */
  readonly types: readonly MessageName[]
  check(context: SemanticContext): void
}
