import { type ConfigPlace, configPlace } from '@nuncio/matching'
import type { Problem, Severity, Sources } from '@nuncio/config'

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

export type Report = (finding: Finding) => void

/** Collects problems, with their places where the sources know them. */
export class ProblemList {
  readonly problems: Problem[] = []
  readonly #sources: Sources | undefined

  constructor(sources: Sources | undefined) {
    this.#sources = sources
  }

  readonly report: Report = (finding) => {
    const { code, path, message, hint = '', severity = 'error', node, field } = finding
    const position = node === undefined ? undefined : this.#sources?.positionOf(node, field)
    this.problems.push({ code, severity, path, message, hint, ...(position ?? { file: '', line: 0, column: 0 }) })
  }

  /** The place of a message, for compilers of @nuncio/matching; what they report comes here too. */
  place(node: object | undefined, path: string): ConfigPlace {
    return configPlace(node, { report: (problem) => this.problems.push(problem), sources: this.#sources, path })
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error')
  }
}
