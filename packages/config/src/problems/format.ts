import type { Problem } from '../problem.ts'
import { formatGithub, formatJson, formatSarif } from './format-machine.ts'
import { formatPretty } from './format-pretty.ts'

/** For people, as JSON, as SARIF 2.1.0, and as annotations of GitHub's workflows. */
export type ProblemFormat = 'pretty' | 'json' | 'sarif' | 'github'

/** Problems in one of the formats; `texts` and `colour` are for `pretty`. */
export function formatProblems(
  format: ProblemFormat,
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
  colour = false,
): string {
  switch (format) {
    case 'pretty':
      return formatPretty(problems, texts, { colour })
    case 'json':
      return formatJson(problems)
    case 'sarif':
      return formatSarif(problems)
    case 'github':
      return formatGithub(problems)
  }
}
