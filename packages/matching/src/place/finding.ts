import type { Severity } from '@nuncio/config'

/** One thing to say about a configuration; `node` (and `field`) name the place in the source. */
export interface Finding {
  readonly code: string
  readonly path: string
  readonly message: string
  readonly hint?: string
  readonly severity?: Severity
  readonly node?: object | undefined
  readonly field?: string | number
}

/** Takes what is wrong with a configuration. */
export type Report = (finding: Finding) => void
