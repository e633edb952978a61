import { formatProblems, formatSarif, type Problem, type ProblemFormat } from '@nuncio/config'
import { lintRules } from './lint.ts'

const MANUAL = 'https://github.com/nuncio-proxy/nuncio/blob/main/docs/tools/lint.md'

interface SarifRule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
}

/** Findings in one of the formats; in SARIF each rule brings its text and a link to the manual. */
export function formatFindings(
  format: ProblemFormat,
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string>,
  colour = false,
): string {
  if (format !== 'sarif') return formatProblems(format, problems, texts, colour)
  const log = JSON.parse(formatSarif(problems, { toolName: 'nuncio lint', informationUri: MANUAL })) as {
    readonly runs: readonly { readonly tool: { readonly driver: { rules: readonly SarifRule[] } } }[]
  }
  const driver = log.runs[0]!.tool.driver
  driver.rules = driver.rules.map((rule) => {
    const known = lintRules.get(rule.id)
    if (known === undefined) return rule
    return {
      ...rule,
      shortDescription: { text: known.title },
      fullDescription: { text: known.why },
      helpUri: `${MANUAL}#${rule.id}`,
    }
  })
  return `${JSON.stringify(log, undefined, 2)}\n`
}
