/** Something to say about a configuration; the caller knows the file and turns it into a `Problem`. */
export interface Finding {
  /** Stable, kebab-case: `unknown-operator`, `unsupported-operator`, `bad-format`, `unreadable-file`, … */
  readonly code: string
  /** From the message that was compiled, as in `json_format.request.path`. */
  readonly path: string
  readonly message: string
  /** What to do about it, or ''. */
  readonly hint: string
  /** The configuration message or list that holds what is meant, for `Sources.positionOf(node, field)`. */
  readonly node: object
  readonly field: string | number
}

/** Takes what is wrong with a configuration; called once for each finding, while it is compiled. */
export type Report = (finding: Finding) => void
