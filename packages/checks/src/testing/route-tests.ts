import { loadAny } from '@nuncio/config'
import { parseRouteTests } from '../route-test/parse-tests.ts'
import { type RouteTestOptions, type RouteTestReport, runRouteTests } from '../route-test/run.ts'
import { dedent } from './yaml.ts'

/** Runs the tests of a text against a configuration; errors in either fail the test. */
export function runTests(
  config: string,
  tests: string,
  options: RouteTestOptions = {},
  file = 'tests.yaml',
): RouteTestReport {
  const loaded = loadAny(config, { file: 'config.yaml' })
  const parsed = parseRouteTests(dedent(tests), file)
  const errors = [...loaded.result.problems, ...parsed.problems].filter((problem) => problem.severity === 'error')
  if (parsed.tests === undefined || errors.length > 0)
    throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return runRouteTests(loaded, [parsed.tests], options)
}

/** The failures of a report as `name: field: expected / actual`. */
export function failuresOf(report: RouteTestReport): string[] {
  return report.results.flatMap(({ name, failures }) =>
    failures.map(({ field, expected, actual }) => `${name}: ${field}: ${expected} / ${actual}`),
  )
}
