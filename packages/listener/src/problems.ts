import type { Problem, Sources } from '@nuncio/config'
import { type ConfigPlace, configPlace, type Report } from '@nuncio/matching'

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
