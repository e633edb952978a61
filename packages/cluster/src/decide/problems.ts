import type { Problem, Severity, Sources } from '@nuncio/config'

/** Where findings about a configuration go, and how their place is found. */
export interface Reporting {
  readonly report: (problem: Problem) => void
  readonly sources?: Sources | undefined
  /** Path of the message that is being looked at, as `static_resources.clusters[0]`; default ''. */
  readonly path?: string
}

/** What is wrong with a field; an error unless it says otherwise. */
export interface Finding {
  readonly code: string
  readonly severity?: Severity
  readonly message: string
  readonly hint?: string
}

/** Reports a finding about a field of a message; `field` may lead deeper, its first name is what is looked up. */
export function reportAt(to: Reporting, node: object, field: string, finding: Finding): void {
  const position = to.sources?.positionOf(node, field.split(/[.[]/, 1)[0]) ?? to.sources?.positionOf(node)
  const base = to.path ?? ''
  to.report({
    code: finding.code,
    severity: finding.severity ?? 'error',
    path: base === '' || field === '' ? base + field : `${base}.${field}`,
    message: finding.message,
    hint: finding.hint ?? '',
    file: position?.file ?? '',
    line: position?.line ?? 0,
    column: position?.column ?? 0,
  })
}
