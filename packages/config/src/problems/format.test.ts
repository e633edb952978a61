import { describe, expect, test } from 'vitest'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import { PROBLEM_CODES } from './codes.ts'
import { formatProblems } from './format.ts'

const TEXT =
  'admin:\n  address: ":9001"\nstatic_resources:\n  clusters:\n  - name: a\n    conect_timeout: 1s\n    http2_protocol_options: {}\n'
const { problems, texts } = loadBootstrap(TEXT, { file: 'envoy.yaml' })

describe('problems for readers', () => {
  test('have their line, a caret and what to do', () => {
    expect(formatProblems('pretty', problems, texts))
      .toBe(`envoy.yaml:2:12 info short-form ":9001" stands for an address
  1 | admin:
  2 |   address: ":9001"
    |            ^^^^^^^
  at admin.address
  = socket_address: { address: 127.0.0.1, port_value: 9001 }

envoy.yaml:6:5 error unknown-field unknown field "conect_timeout" in Cluster
  5 |   - name: a
  6 |     conect_timeout: 1s
    |     ^^^^^^^^^^^^^^
  at static_resources.clusters[0].conect_timeout
  = did you mean "connect_timeout"?

envoy.yaml:7:5 warning deprecated "http2_protocol_options" of Cluster is deprecated
  6 |     conect_timeout: 1s
  7 |     http2_protocol_options: {}
    |     ^^^^^^^^^^^^^^^^^^^^^^
  at static_resources.clusters[0].http2_protocol_options

1 error, 1 warning, 1 note
`)
  })

  test('have colours where they are asked for', () => {
    const coloured = formatProblems('pretty', problems.slice(1, 2), texts, true)
    expect(coloured).toContain('\u001b[31merror\u001b[0m')
    // oxlint-disable-next-line no-control-regex -- colours are control characters
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(formatProblems('pretty', problems.slice(1, 2), texts))
  })

  test('of a text that is not there or in one endless line', () => {
    expect(formatProblems('pretty', problems.slice(1, 2), new Map())).toBe(
      'envoy.yaml:6:5 error unknown-field unknown field "conect_timeout" in Cluster\n  at static_resources.clusters[0].conect_timeout\n  = did you mean "connect_timeout"?\n\n1 error\n',
    )
    const long = loadBootstrap(`{"static_resources": {"clusters": [${'{"name": "a"},'.repeat(100)}{"nam": 1}]}}`)
    const shown = formatProblems(
      'pretty',
      long.problems.filter(({ code }) => code === 'unknown-field'),
      long.texts,
    ).split('\n')
    expect(shown[1]!.length).toBeLessThan(170)
    expect(shown[2]!.indexOf('^')).toBe(shown[1]!.indexOf('"nam"'))
    expect(formatProblems('pretty', [], texts)).toBe('')
  })
})

describe('problems for machines', () => {
  test('as JSON', () => {
    expect(JSON.parse(formatProblems('json', problems, texts))).toEqual(problems)
  })

  test('as annotations of GitHub', () => {
    expect(formatProblems('github', problems.slice(1), texts)).toBe(
      '::error file=envoy.yaml,line=6,col=5,title=unknown-field::unknown field "conect_timeout" in Cluster (did you mean "connect_timeout"?)\n::warning file=envoy.yaml,line=7,col=5,title=deprecated::"http2_protocol_options" of Cluster is deprecated\n',
    )
    expect(formatProblems('github', [{ ...problems[0]!, file: 'a,b:c', message: '100%\nsure', hint: '' }], texts)).toBe(
      '::notice file=a%2Cb%3Ac,line=2,col=12,title=short-form::100%25%0Asure\n',
    )
  })

  test('as SARIF', () => {
    const log = JSON.parse(formatProblems('sarif', problems, texts)) as {
      version: string
      runs: {
        tool: { driver: { rules: { id: string }[] } }
        results: { ruleId: string; ruleIndex: number; level: string; locations: object[] }[]
      }[]
    }
    expect(log.version).toBe('2.1.0')
    const [run] = log.runs
    expect(run!.tool.driver.rules.map(({ id }) => id)).toEqual(['short-form', 'unknown-field', 'deprecated'])
    expect(run!.results.map(({ level, ruleIndex }) => `${level} ${ruleIndex}`)).toEqual([
      'note 0',
      'error 1',
      'warning 2',
    ])
    expect(run!.results[1]!.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'envoy.yaml' }, region: { startLine: 6, startColumn: 5 } },
        logicalLocations: [{ fullyQualifiedName: 'static_resources.clusters[0].conect_timeout' }],
      },
    ])
  })

  test('every code is explained', () => {
    for (const { code } of problems) expect(PROBLEM_CODES).toHaveProperty(code)
  })
})
