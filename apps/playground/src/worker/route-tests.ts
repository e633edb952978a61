import { type ConfigView, parseRouteTests, runRouteTests, type TestResult } from '@nuncio/checks'
import { stringify } from 'yaml'
import { toolRequest } from './explain.ts'
import type { AskedRequest, Expectation, RouteTestOutcome, RouteTestRow } from './protocol.ts'

/** Runs the rows as `nuncio route-test` would run their file. */
export function runRows(view: ConfigView, rows: readonly RouteTestRow[]): RouteTestOutcome[] {
  return rows.map((row) => {
    try {
      return { failure: failureText(run(view, row)) }
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  })
}

/** What a test of this request would expect, by what comes out now. */
export function suggest(view: ConfigView, request: AskedRequest): Expectation {
  return run(view, { request, expect: {} })?.suggestion ?? {}
}

/** The rows as a file of route tests. */
export function routeTestFile(rows: readonly RouteTestRow[]): string {
  return stringify({ tests: rows.map(testOf) })
}

function run(view: ConfigView, row: RouteTestRow): TestResult | undefined {
  const { tests } = parseRouteTests(routeTestFile([row]), 'playground.routes.test.yaml')
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

function testOf({ request, expect }: RouteTestRow): object {
  const { method, url, headers = [], source } = toolRequest(request)
  const lines = new Map<string, string[]>()
  for (const [name, value] of headers) lines.set(name, [...(lines.get(name) ?? []), value])
  return {
    request: `${method} ${url}`,
    ...(lines.size > 0 && {
      headers: new Map([...lines].map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
    }),
    ...(source !== undefined && { source }),
    ...(/^\d+$/.test(request.random) && { random: Number(request.random) }),
    ...(Object.keys(expect).length > 0 && { expect }),
  }
}
