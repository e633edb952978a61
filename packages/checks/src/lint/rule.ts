import type { Severity } from '@nuncio/config'
import type { ConfigView } from '../view/config-view.ts'

type Say = (node: object, field: string | number | undefined, message: string, hint?: string) => void

/** What a rule sees, and how it speaks. */
export interface LintContext {
  readonly view: ConfigView
  /** Reports a finding about a message, or about a field of it. */
  readonly say: Say
  /** As `say`, as advice: it fails no lint. */
  readonly note: Say
}

/** One thing that is legal and probably not meant. */
export interface LintRule {
  /** Stable, kebab-case; what `--disable`, `--only` and comments name. */
  readonly code: string
  /** `error` and `warning` fail a lint; `info` is advice. */
  readonly severity: Severity
  /** What it looks for, in one line. */
  readonly title: string
  /** Why that is worth looking for, and what to do: the manual's text. */
  readonly why: string
  check(context: LintContext): void
}
