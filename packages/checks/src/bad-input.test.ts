import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NuncioError } from '@nuncio/core'
import { diffConfigs } from './diff/diff-configs.ts'
import { printDiff } from './diff/print.ts'
import { explainRequest } from './explain/explain-request.ts'
import { printExplanation } from './explain/print.ts'
import { formatFindings } from './lint/format-lint.ts'
import { lint } from './lint/lint.ts'
import { parseRouteTests } from './route-test/parse-tests.ts'
import { formatJunit } from './route-test/junit.ts'
import { printReport } from './route-test/print.ts'
import { runRouteTests } from './route-test/run.ts'
import { updateRouteTests } from './route-test/update.ts'
import { bootstrap, cluster, routes } from './testing/yaml.ts'
import { openConfig } from './view/config-view.ts'

const CONFIG = bootstrap({
  address: '0.0.0.0',
  manager: 'normalize_path: true\nuse_remote_address: true',
  rest: 'admin: { address: { socket_address: { address: 0.0.0.0, port_value: 1 } } }\nlayered_runtime: { layers: [{ name: s, static_layer: { k: 30 } }] }',
  clusters: cluster(
    'a',
    2,
    'outlier_detection: { max_ejection_percent: 20 }\ncommon_lb_config: { healthy_panic_threshold: { value: 50 } }',
  ),
  routeConfig: `
    virtual_hosts:
    - name: v
      domains: [a.example, "*.b.example"]
      require_tls: ALL
      retry_policy: { retry_on: 5xx, per_try_timeout: 1s }
      routes:
      - match: { safe_regex: { regex: "/[a-c]+/(x|y)" }, headers: [{ name: x-a, range_match: { start: 1, end: 5 } }], query_parameters: [{ name: q, string_match: { prefix: z } }] }
        route: { weighted_clusters: { clusters: [{ name: a, weight: 1 }, { name: a, weight: 2 }], total_weight: 9 } }
      - match: { path_separated_prefix: /s, runtime_fraction: { runtime_key: k, default_value: { numerator: 5 } } }
        route: { cluster: a, prefix_rewrite: /t, hash_policy: [{ header: { header_name: x-a } }] }
      - match: { prefix: / }
        redirect: { regex_rewrite: { pattern: { regex: "^/(.*)" }, substitution: "/\\\\1" } }
      - match: { prefix: /never }
        direct_response: { status: 200, body: { inline_string: hello } }`,
})
const TESTS = `config: x.yaml
tests:
- name: one
  request: GET https://a.example/s/1?q=zz
  headers: { x-a: "3", b: [c, d] }
  random: 7
  metadata: { ns: { k: v } }
  expect: { cluster: a, path: /t/1, status: 0, timeout: 15s, request_headers: { x-a: "3" } }
- request: /x
`
const ENVOY_TESTS = `{ "runtime": { "k": 5 }, "tests": [ { "test_name": "t", "input": { "authority": "a.example", "path": "/s", "method": "GET", "random_value": 18446744073709551615, "ssl": true, "dynamic_metadata": [{ "metadata_namespace": "n", "value": { "a": 1 } }] }, "validate": { "cluster_name": "b", "timeout": "1s", "request_header_matches": [{ "name": "x", "present_match": false }] } } ] }`

/** Breaks a text: cuts, doubles, replaces and swaps pieces of it. */
const broken = (text: string): fc.Arbitrary<string> => {
  const at = fc.nat(text.length)
  const junk = fc.constantFrom(
    '',
    '\n',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '#',
    '&x ',
    '*x',
    '<<: ',
    '!!binary ',
    '|',
    '>',
    '\t',
    '~',
    'null',
    '-1',
    '1e999',
    '18446744073709551616',
    '__proto__: ',
    '@type',
    '\u0000',
    '\ud800',
    '…',
    '%',
    '/',
    '(?i)',
    '*',
    '(a+)+$',
  )
  const edit = fc.tuple(at, fc.nat(20), junk)
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce((out, [from, length, what]) => out.slice(0, from) + what + out.slice(from + length), text),
    )
}

/** What misuse throws is an answer too; anything else is a crash. */
function answers(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof NuncioError)) throw error
  }
}

describe('the tools, on broken files', () => {
  it('always answer, whatever a configuration holds', () => {
    const good = openConfig(CONFIG, { file: 'good' })
    fc.assert(
      fc.property(
        fc.oneof(
          broken(CONFIG),
          broken(JSON.stringify(good.loaded.result.json)),
          broken(routes('- match: { prefix: / }\n  route: { cluster: a }')),
          fc.string(),
        ),
        (text) => {
          const view = openConfig(text, { file: 'x' })
          expect(view.problems.every(({ message }) => message !== '')).toBe(true)
          for (const format of ['pretty', 'sarif'] as const) formatFindings(format, lint(view), view.texts)
          for (const url of ['http://a.example/s/1?q=z', 'https://x.b.example/abc/x'])
            answers(() => printExplanation(explainRequest(view, { url, headers: [['x-a', '3']] })))
          printDiff(diffConfigs(good, view))
          printDiff(diffConfigs(view, good))
        },
      ),
      { numRuns: 250 },
    )
  })

  it('always answer, whatever a file of tests holds', () => {
    const view = openConfig(CONFIG, { file: 'good' })
    fc.assert(
      fc.property(
        fc.oneof(broken(TESTS), broken(ENVOY_TESTS), fc.string()),
        fc.constantFrom('a.routes.test.yaml', 'tests.json'),
        (text, file) => {
          const { tests, problems } = parseRouteTests(text, file)
          if (tests === undefined) {
            expect(problems.length).toBeGreaterThan(0)
            return
          }
          const report = runRouteTests(view.loaded, [tests], { predicates: true })
          printReport(report, { coverage: true, details: true })
          // oxlint-disable-next-line no-control-regex -- they may not be there
          expect(formatJunit(report)).not.toMatch(/[\u0000-\u0008]/)
          updateRouteTests(text, report.results)
        },
      ),
      { numRuns: 250 },
    )
  })
})
