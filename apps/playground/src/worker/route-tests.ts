import { type ConfigView, parseRouteTests, runRouteTests, type TestResult } from '@nuncio/checks'
import { PartMissing } from '@nuncio/core'
import { testOf } from './test-of.ts'
import type { AskedRequest, Expectation, RouteTestOutcome, RouteTestRow } from './protocol.ts'

/** Runs the rows as `nuncio route-test` would run their file. */
export function runRows(view: ConfigView, rows: readonly RouteTestRow[]): RouteTestOutcome[] {
  return rows.map((row) => {
    try {
      return { failure: failureText(run(view, row)) }
    } catch (error) {
      if (error instanceof PartMissing) throw error
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  })
}

/** What a test of this request would expect, by what comes out now. */
export function suggest(view: ConfigView, request: AskedRequest): Expectation {
  return run(view, { request, expect: {} })?.suggestion ?? {}
}

function run(view: ConfigView, row: RouteTestRow): TestResult | undefined {
  const { tests } = parseRouteTests(JSON.stringify({ tests: [testOf(row)] }), 'playground.routes.test.json')
  return tests === undefined ? undefined : runRouteTests(view.loaded, [tests]).results[0]
}

function failureText(result: TestResult | undefined): string {
  if (result === undefined) return 'it is no test'
  return result.failures
    .map(
      ({ field, expected, actual }) =>
        `${field === '' ? '' : `${field} `}is ${actual || "''"}, not ${expected || "''"}`,
    )
    .join('\n')
}
