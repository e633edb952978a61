import type { LoadedAny, Position } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { quoted } from '@nuncio/matching'
import type { RouteInfo } from '@nuncio/router'
import { requestText } from '../request/request-text.ts'
import { ConfigView, type RouteConfiguration } from '../view/config-view.ts'
import { StaticRuntime, staticLayers } from '../view/static-runtime.ts'
import { type Coverage, CoverageCounter } from './coverage.ts'
import { type Outcome, outcomeOf, type OutcomeOptions } from './outcome.ts'
import { PredicateCounter } from './predicate-coverage.ts'
import type { TestCase, TestFile } from './test-case.ts'
import { TestRuntime } from './test-runtime.ts'

export interface RouteTestOptions extends OutcomeOptions {
  /** Follow each request through the predicates of routes. */
  readonly predicates?: boolean
}

export interface TestFailure {
  /** As the test file calls it; '' when the request could not be made. */
  readonly field: string
  readonly expected: string
  readonly actual: string
  readonly position: Position | undefined
  /** Where the expected value stands in the test file, and what to write there; undefined when neither is known. */
  readonly update: { readonly path: readonly (string | number)[]; readonly value: string | number } | undefined
}

export interface TestResult {
  readonly name: string
  readonly file: string
  readonly position: Position | undefined
  readonly index: number
  readonly passed: boolean
  readonly failures: readonly TestFailure[]
  /** The request in one line. */
  readonly request: string
  /** How many things the test compares. */
  readonly checks: number
  /** What the outcome was, for tests that expect nothing yet. */
  readonly suggestion: Readonly<Record<string, string | number>>
}

export interface RouteTestReport {
  readonly results: readonly TestResult[]
  readonly passed: number
  readonly failed: number
  readonly coverage: Coverage
}

/**
 * Runs route tests against a configuration of any kind. Envoy's tests ask the route configuration alone (`routes` names
 * it when there are several); our own go through the listener and its connection manager where there is one.
 */
export function runRouteTests(
  loaded: LoadedAny,
  files: readonly TestFile[],
  options: RouteTestOptions = {},
): RouteTestReport {
  const runtime = new TestRuntime(new StaticRuntime(staticLayers(loaded.bootstrap)))
  const first = files[0]?.cases[0]
  // Limits for patterns are asked for when tables are compiled, before any test runs.
  if (first !== undefined) runtime.use(first.runtime, first.activeKey)
  const view = new ConfigView(loaded, runtime)
  const configs = configsOf(view, files, options)
  const counter = new CoverageCounter()
  const predicates = options.predicates === true ? new PredicateCounter(view, configs) : undefined
  const results: TestResult[] = []
  for (const file of files) {
    for (const test of file.cases) {
      runtime.use(test.runtime, test.activeKey)
      results.push(runTest(view, file, test, options, counter, predicates))
    }
  }
  const passed = results.filter((result) => result.passed).length
  const predicatesOf = (route: RouteInfo): ReturnType<PredicateCounter['predicatesOf']> =>
    predicates?.predicatesOf(route) ?? []
  const coverage = counter.report(view, configs, predicatesOf, predicates?.isComplete === true)
  return { results, passed, failed: results.length - passed, coverage }
}

/** The route configurations that are tested; coverage is counted over them. */
function configsOf(
  view: ConfigView,
  files: readonly TestFile[],
  { routes }: RouteTestOptions,
): readonly RouteConfiguration[] {
  const all = view.loaded.routeConfigurations
  const names = all.map(({ name = '' }) => quoted(name)).join(', ')
  if (all.length === 0) throw new NuncioError('ERR_NUNCIO_INPUT', 'the configuration has no routes to test')
  if (routes !== undefined) {
    const named = all.filter(({ name }) => name === routes)
    if (named.length === 0)
      throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no route configuration ${quoted(routes)}`, {
        hint: `there are ${names}`,
      })
    return named
  }
  if (all.length > 1 && files.some(({ format }) => format === 'envoy')) {
    throw new NuncioError(
      'ERR_NUNCIO_ARGUMENT',
      `tests in Envoy's format are about one route configuration, and there are ${all.length}`,
      { hint: `name one with --routes: ${names}` },
    )
  }
  return all
}

function runTest(
  view: ConfigView,
  file: TestFile,
  test: TestCase,
  options: RouteTestOptions,
  counter: CoverageCounter,
  predicates: PredicateCounter | undefined,
): TestResult {
  const base = {
    name: test.name,
    file: file.file,
    position: test.position,
    index: test.index,
    request: requestText(test.request),
    checks: test.checks.length,
  }
  let outcome: Outcome
  try {
    outcome = outcomeOf(view, test, options, (table, request, route) => predicates?.follow(table, request, route))
  } catch (error) {
    if (!(error instanceof NuncioError)) throw error
    return {
      ...base,
      passed: false,
      suggestion: {},
      failures: [{ field: '', expected: '', actual: error.message, position: test.position, update: undefined }],
    }
  }
  const failures: TestFailure[] = []
  const right: string[] = []
  for (const { field, expected, position, path, actual } of test.checks) {
    const mismatch = actual(outcome)
    if (mismatch === undefined) {
      right.push(field)
      continue
    }
    const update = path === undefined || mismatch.value === undefined ? undefined : { path, value: mismatch.value }
    failures.push({ field, expected, actual: mismatch.text, position, update })
  }
  if (outcome.route !== undefined) counter.add(outcome.route, right)
  return { ...base, passed: failures.length === 0, failures, suggestion: suggest(outcome) }
}

/** What is worth expecting of an outcome. */
function suggest(outcome: Outcome): TestResult['suggestion'] {
  const { route, cluster, path, status, location } = outcome
  if (route?.kind === 'forward') return { cluster, path }
  return location === '' ? { status } : { status, location }
}
