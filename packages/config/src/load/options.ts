import type { Honours, MessageSchema } from '../message.ts'
import type { ParseLimits } from '../parse/limits.ts'

/** How strictly a configuration is read, and what is known beside Envoy's API. */
export interface LoadOptions {
  /** The name that problems carry; `''` when the text has none. */
  readonly file?: string
  /** What the product honours; without it nothing is reported as unsupported. */
  readonly honours?: Honours
  /** What is unsupported is a warning and left out, not an error. */
  readonly allowUnsupported?: boolean
  /** An unknown field is a warning and left out, not an error. */
  readonly allowUnknownFields?: boolean
  /** Warnings count as errors. */
  readonly strict?: boolean
  /** Leave the short forms of the founding file alone: they are then what they are in Envoy, errors. */
  readonly noShortForms?: boolean
  readonly limits?: Partial<ParseLimits>
  /** Definitions whose own messages (`nuncio.…` or a third party's) the file may use. */
  readonly definitions?: readonly MessageSchema<unknown>[]
}
