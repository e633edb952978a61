import { describe, expect, it } from 'vitest'
import { runTests } from '../testing/route-tests.ts'
import { routes } from '../testing/yaml.ts'
import { formatJunit } from './junit.ts'
import { printReport } from './print.ts'

const CONFIG = routes(`
  - name: canary
    match: { prefix: /, headers: [{ name: x-canary, string_match: { exact: "1" } }], query_parameters: [{ name: q }] }
    route: { cluster: canary }
  - name: dynamic
    match: { prefix: /dynamic }
    route: { cluster_header: x-cluster }
  - name: split
    match: { prefix: /split }
    route: { weighted_clusters: { clusters: [{ name: blue, weight: 50 }, { name: green, weight: 50 }] } }
  - name: moved
    match: { prefix: /moved }
    redirect: { host_redirect: a.example }`)

const test = (name: string, input: string, validate: string): string =>
  `- test_name: ${name}\n  input: { authority: a, method: GET, ${input} }\n  validate: { ${validate} }\n`

describe('coverage', () => {
  it('counts routes with a cluster header once, and weighted clusters one by one', () => {
    const header = (value: string): string =>
      `path: /dynamic, additional_request_headers: [{ key: x-cluster, value: ${value} }]`
    const tests = `tests:\n${test('one', header('one'), 'cluster_name: one')}${test('two', header('two'), 'cluster_name: two')}${test('blue', 'path: /split', 'cluster_name: blue')}`
    const { coverage } = runTests(CONFIG, tests)
    // Of five targets: canary, dynamic, blue, green, moved.
    expect(coverage.percent).toBe(40)
    expect(coverage.routes.map(({ name, covered }) => `${name} ${covered}`)).toEqual([
      'canary false',
      'dynamic true',
      'split false',
      'moved false',
    ])
    expect(coverage.routes[2]!.targets).toEqual([
      { name: 'blue', covered: true },
      { name: 'green', covered: false },
    ])
    // One of five fields of two targets.
    expect(coverage.comprehensivePercent).toBeCloseTo((100 * (1 / 5 + 1 / 5)) / 5)
  })

  it('does not count a route that a test reached and found otherwise than expected', () => {
    const { coverage, failed } = runTests(CONFIG, `tests:\n${test('t', 'path: /moved', 'cluster_name: web')}`)
    expect(failed).toBe(1)
    expect(coverage.percent).toBe(0)
    const right = runTests(CONFIG, `tests:\n${test('t', 'path: /moved', 'cluster_name: web, code_redirect: 301')}`)
    expect(right.coverage.percent).toBe(20)
  })

  it('tells which predicates decided nothing', () => {
    const canary = (more: string): string =>
      `path: "/${more}", additional_request_headers: [{ key: x-canary, value: "1" }]`
    const met = test('met', canary('?q'), 'cluster_name: canary')
    const predicates = (tests: string): string[] =>
      runTests(CONFIG, `tests:\n${tests}`, { predicates: true }).coverage.routes.flatMap((route) =>
        route.predicates.map(({ text, met: yes, failed: no }) => `${text}: ${yes} ${no}`),
      )
    expect(predicates(met)).toEqual(['header x-canary exact "1": true false', 'query {"name":"q"}: true false'])
    const missed = test('missed', 'path: /moved', 'code_redirect: 301')
    expect(predicates(met + missed)).toEqual(['header x-canary exact "1": true true', 'query {"name":"q"}: true false'])
    const noRoute = test('none', canary(''), 'cluster_name: ""')
    expect(predicates(met + missed + noRoute)).toEqual([
      'header x-canary exact "1": true true',
      'query {"name":"q"}: true true',
    ])
  })
})

describe('printReport', () => {
  const report = runTests(
    CONFIG,
    `tests:\n${test('fine', 'path: /split', 'cluster_name: blue')}${test('broken', 'path: /moved', 'cluster_name: web')}`,
    { predicates: true },
  )

  it("prints failures and coverage in the words of Envoy's tool", () => {
    expect(printReport(report)).toBe(
      `✗ broken  tests.yaml:5:3\n    GET http://a/moved\n    expected: [web], actual: [], test type: cluster_name  tests.yaml:7:15\n1 passed, 1 failed\nCurrent route coverage: 20%\n`,
    )
    expect(printReport(report, { details: true })).toContain('✓ fine\n')
    expect(printReport(report, { details: true, onlyFailures: true })).not.toContain('fine')
  })

  it('lists what no test reaches', () => {
    const text = printReport(report, { coverage: true })
    expect(text).toContain('  virtual host "all", route 0 "canary"  config.yaml:6:5\n')
    expect(text).toContain('  virtual host "all", route 2 "split", cluster "green"  config.yaml:12:5\n')
  })

  it('can be read as JUnit', () => {
    const xml = formatJunit(runTests(CONFIG, `tests:\n${test('"a & <b>"', 'path: /moved', 'cluster_name: web')}`))
    expect(xml).toContain('<testsuites name="nuncio route-test" tests="1" failures="1">')
    expect(xml).toContain('<testcase name="a &amp; &lt;b&gt;" classname="tests.yaml" file="tests.yaml" line="2">')
    expect(xml).toContain('<failure message="expected: [web], actual: [], test type: cluster_name">')
  })
})
