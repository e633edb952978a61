import type { JsonObject, JsonValue, LoadResult, Position } from '@nuncio/config'
import { timeText } from '../view/time-text.ts'
import { flatten } from '../view/static-runtime.ts'
import { requestText } from '../request/request-text.ts'
import type { ToolRequest } from '../request/tool-request.ts'
import type { OwnExpectation, OwnTest, OwnTestFile } from './messages.ts'
import type { Outcome } from './outcome.ts'
import type { Check, Mismatch, TestCase } from './test-case.ts'

type PlaceOf = (node: object, field?: string) => Position | undefined

/** The tests of a `*.routes.test.yaml`. */
export function ownCases(file: OwnTestFile, loaded: LoadResult<object>): TestCase[] {
  const placeOf: PlaceOf = (node, field) => loaded.sources.positionOf(node, field)
  return (file.tests ?? []).map((test, index) => ownCase(file, test, index, placeOf))
}

function ownCase(file: OwnTestFile, test: OwnTest, index: number, placeOf: PlaceOf): TestCase {
  const request = requestOf(test)
  const runtime = new Map<string, JsonValue>()
  for (const values of [file.runtime, test.runtime]) if (values !== undefined) flatten(values, '', runtime)
  return {
    name: test.name ?? requestText(request),
    position: placeOf(test),
    index,
    request,
    bare: false,
    internal: false,
    listener: test.listener ?? file.listener,
    activeKey: undefined,
    runtime,
    responseHeaders: [],
    checks: checksOf(test.expect ?? {}, index, placeOf),
  }
}

const REQUEST = /^\s*(?:([A-Z][A-Z-]*)\s+)?(\S+)\s*$/

function requestOf(test: OwnTest): ToolRequest {
  const [, method, url] = REQUEST.exec(test.request ?? '') ?? []
  return {
    method,
    // What is no request line is no URL either, and is said to be none.
    url: url ?? test.request ?? '',
    headers: Object.entries(test.headers ?? {}).flatMap(([name, value]) =>
      textsOf(value).map((text) => [name, text] as const),
    ),
    random: test.random,
    source: test.source,
    metadata: new Map(
      Object.entries(test.metadata ?? {}).map(([namespace, fields]) => [namespace, fields as JsonObject]),
    ),
  }
}

/** A header's values: one, several, or none. */
function textsOf(value: JsonValue): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return [typeof value === 'string' ? value : JSON.stringify(value)]
}

const FIELDS: {
  readonly [K in Exclude<keyof OwnExpectation, 'timeout' | 'request_headers' | 'response_headers'>]-?: (
    outcome: Outcome,
  ) => string | number
} = {
  cluster: (outcome) => outcome.cluster,
  route: ({ route }) => route?.name ?? '',
  virtual_host: ({ route }) => route?.virtualHost.name ?? '',
  virtual_cluster: (outcome) => outcome.virtualCluster,
  host: (outcome) => outcome.host,
  path: (outcome) => outcome.path,
  status: (outcome) => outcome.status,
  location: (outcome) => outcome.location,
  body: (outcome) => outcome.body,
}

function checksOf(expected: OwnExpectation, index: number, placeOf: PlaceOf): Check[] {
  const at = (field: string): Pick<Check, 'position' | 'path'> => ({
    position: placeOf(expected, field),
    path: ['tests', index, 'expect', field],
  })
  const checks: Check[] = []
  for (const [field, actual] of Object.entries(FIELDS)) {
    const wanted = expected[field as keyof typeof FIELDS]
    if (wanted !== undefined)
      checks.push({
        field,
        expected: String(wanted),
        ...at(field),
        actual: (outcome) => compare(field, wanted, actual(outcome), outcome),
      })
  }
  const timeout = expected.timeout
  if (timeout !== undefined) {
    checks.push({
      field: 'timeout',
      expected: timeText(timeout),
      ...at('timeout'),
      actual: ({ effectiveTimeoutMs: actual }) =>
        actual === timeout
          ? undefined
          : actual === undefined
            ? { text: 'none: it is not forwarded' }
            : { text: timeText(actual), value: `${actual / 1000}s` },
    })
  }
  for (const kind of ['request', 'response'] as const) {
    for (const [name, value] of Object.entries(expected[`${kind}_headers`] ?? {}))
      checks.push(headerCheck(kind, name, value, at(`${kind}_headers`)))
  }
  return checks
}

function compare(
  field: string,
  wanted: string | number,
  actual: string | number,
  outcome: Outcome,
): Mismatch | undefined {
  if (wanted === actual) return undefined
  if (field === 'status' && actual === 0)
    return { text: `the upstream's: it is forwarded to cluster "${outcome.cluster}"` }
  return { text: String(actual), value: actual }
}

/** `null`: the header is absent. A list: one line each. */
function headerCheck(
  kind: 'request' | 'response',
  name: string,
  value: JsonValue,
  at: Pick<Check, 'position' | 'path'>,
): Check {
  const wanted = textsOf(value)
  const lower = name.toLowerCase()
  return {
    field: `${kind}_headers.${name}`,
    expected: value === null ? 'absent' : wanted.join(', '),
    position: at.position,
    path: Array.isArray(value) || value === null ? undefined : [...at.path!, name],
    actual: (outcome) => {
      const headers = outcome[`${kind}Headers`]
      const actual = headers.getAll(lower)
      const values = actual.length === 0 && headers.get(lower) !== undefined ? [headers.get(lower)!] : actual
      if (values.length === wanted.length && values.every((text, i) => text === wanted[i])) return undefined
      return values.length === 1
        ? { text: values[0]!, value: values[0]! }
        : { text: values.length === 0 ? 'absent' : values.join(', ') }
    },
  }
}
