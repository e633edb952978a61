import type { Position } from '@nuncio/config'
import type { Coverage, CoveredRoute } from './coverage.ts'
import type { RouteTestReport, TestResult } from './run.ts'

export interface PrintTestsOptions {
  readonly colour?: boolean
  /** Name the tests that pass too. */
  readonly details?: boolean
  /** Say nothing of tests that pass, whatever `details` says. */
  readonly onlyFailures?: boolean
  readonly coverage?: boolean
  /** Coverage is that of all fields (`--covall`). */
  readonly comprehensive?: boolean
}

type Style = 'red' | 'green' | 'dim'
const CODES: Readonly<Record<Style, number>> = { red: 31, green: 32, dim: 2 }
type Paint = (style: Style, text: string) => string

/** A report for a reader. The lines of failures and of the coverage are those of Envoy's tool. */
export function printReport(report: RouteTestReport, options: PrintTestsOptions = {}): string {
  const paint: Paint = (style, text) => (options.colour === true ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text)
  const lines: string[] = []
  for (const result of report.results) {
    if (!result.passed) lines.push(...failed(result, paint))
    else if (options.details === true && options.onlyFailures !== true)
      lines.push(`${paint('green', '✓')} ${result.name}`)
  }
  if (options.coverage === true) lines.push(...coverageLines(report.coverage, paint))
  const count =
    report.failed === 0
      ? paint('green', `${report.passed} passed`)
      : `${report.passed} passed, ${paint('red', `${report.failed} failed`)}`
  lines.push(
    count,
    `Current route coverage: ${percentText(options.comprehensive === true ? report.coverage.comprehensivePercent : report.coverage.percent)}%`,
  )
  return `${lines.join('\n')}\n`
}

function failed(result: TestResult, paint: Paint): string[] {
  const lines = [`${paint('red', '✗')} ${result.name}${at(result.position, paint)}`]
  if (result.name !== result.request) lines.push(`    ${paint('dim', result.request)}`)
  for (const { field, expected, actual, position } of result.failures) {
    lines.push(
      field === ''
        ? `    ${actual}`
        : `    expected: [${expected}], actual: [${actual}], test type: ${field}${at(position, paint)}`,
    )
  }
  return lines
}

function at(position: Position | undefined, paint: Paint): string {
  return position === undefined ? '' : `  ${paint('dim', `${position.file}:${position.line}:${position.column}`)}`
}

function coverageLines({ routes, predicatePercent }: Coverage, paint: Paint): string[] {
  const lines = ['', 'routes without a test:']
  const bare = routes.filter((route) => !route.covered)
  for (const route of bare) lines.push(`  ${routeText(route)}${missing(route)}${at(route.position, paint)}`)
  if (bare.length === 0) lines.push('  none')
  const half = routes.filter(
    (route) => route.covered && route.predicates.some(({ met, failed: missed }) => !met || !missed),
  )
  if (predicatePercent === undefined) lines.push('', 'predicates: not measured, the tests are too many for that')
  else {
    lines.push('', 'predicates that no test decides:')
    for (const route of half) {
      for (const { text, position, met, failed: missed } of route.predicates) {
        if (met && missed) continue
        const what = met ? 'no test fails it' : missed ? 'no test meets it' : 'no test looks at it'
        lines.push(`  ${routeText(route)}: ${text}: ${what}${at(position, paint)}`)
      }
    }
    if (half.length === 0) lines.push('  none')
    lines.push('', `predicate coverage: ${percentText(predicatePercent)}%`)
  }
  return [...lines, '']
}

function routeText({ virtualHost, index, name }: CoveredRoute): string {
  return `virtual host "${virtualHost}", route ${index}${name === '' ? '' : ` "${name}"`}`
}

function missing({ targets }: CoveredRoute): string {
  if (targets.length < 2) return ''
  return `, ${targets
    .filter(({ covered }) => !covered)
    .map(({ name }) => `cluster "${name}"`)
    .join(', ')}`
}

/** As C++ prints a double: six digits. */
export function percentText(percent: number): string {
  return String(Number(percent.toPrecision(6)))
}
