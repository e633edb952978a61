import { load, type Problem } from '@nuncio/config'
import { connectionInfo, requestHeaders, StreamInfo } from '@nuncio/core'
import { compileMatchTree, configPlace, HTTP_INPUTS, httpMatchData } from '@nuncio/matching'
import { beforeAll, expect, test } from 'vitest'
import { loadCel } from './library.ts'
import { CEL_MATCHERS } from './matcher.ts'

beforeAll(loadCel)

const TYPES = 'type.googleapis.com/xds.type.matcher.v3'

function compile(expression: string, matcher = 'CelMatcher') {
  const { config } = load(
    'xds.type.matcher.v3.Matcher',
    `
matcher_list:
  matchers:
  - predicate:
      single_predicate:
        input: { name: i, typed_config: { '@type': ${TYPES}.HttpAttributesCelMatchInput } }
        custom_match: { name: m, typed_config: { '@type': ${TYPES}.${matcher}${expression} } }
    on_match: { action: { name: a, typed_config: { '@type': type.googleapis.com/google.protobuf.StringValue, value: taken } } }
`,
    { file: 'matcher.yaml' },
  )
  const problems: Problem[] = []
  const place = configPlace(config, { report: (problem) => problems.push(problem) })
  const tree = compileMatchTree(config!, place, {
    inputs: HTTP_INPUTS,
    dataMatchers: CEL_MATCHERS,
    action: () => 'taken',
  })
  return { tree, problems }
}

const IS_POST =
  ', description: posts, expr_match: { parsed_expr: { expr: { call_expr: { function: _==_, args: [{ select_expr: { operand: { ident_expr: { name: request } }, field: method } }, { const_expr: { string_value: POST } }] } } } }'

test.each([
  ['POST', 'taken'],
  ['GET', undefined],
])('a request with %s is judged by the expression', (method, expected) => {
  const { tree, problems } = compile(IS_POST)
  expect(problems).toEqual([])
  const data = httpMatchData(requestHeaders([[':method', method]]), new StreamInfo(connectionInfo(), 0, 0))
  const steps: string[] = []
  expect(tree.match(data, undefined, (text) => steps.push(text))).toBe(expected)
  expect(steps.join()).toContain('an expression in CEL (posts)')
})

test('an expression that cannot be used is a problem at its place, and matches nobody', () => {
  const { tree, problems } = compile(', expr_match: { parsed_expr: { expr: { call_expr: { function: exec } } } }')
  expect(problems.map(({ path, message }) => [path, message])).toEqual([
    [
      'matcher_list.matchers[0].predicate.single_predicate.custom_match.typed_config.expr_match',
      'the expression is refused: there is no function "exec"',
    ],
  ])
  expect(tree.match(httpMatchData(requestHeaders([]), new StreamInfo(connectionInfo(), 0, 0)))).toBeUndefined()
})

test('the attributes are an input for expressions alone', () => {
  expect(compile('', 'IPMatcher').problems).toMatchObject([
    { code: 'unsupported', message: 'this input is for the matcher xds.type.matcher.v3.CelMatcher alone' },
  ])
})
