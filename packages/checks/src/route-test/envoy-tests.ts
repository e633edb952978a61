import type { JsonValue, LoadResult, Message, Position } from '@nuncio/config'
import { compileHeaderMatcher, configPlace } from '@nuncio/matching'
import type { EnvoyAssert, EnvoyInput, EnvoyTest, EnvoyTestFile } from './messages.ts'
import type { Outcome } from './outcome.ts'
import type { Check, TestCase } from './test-case.ts'

type HeaderMatcher = Message<'envoy.config.route.v3.HeaderMatcher'>
type Path = readonly (string | number)[]
type PlaceOf = (node: object, field?: string) => Position | undefined

/** The file that tests were read from. */
interface TestSource {
  readonly texts: ReadonlyMap<string, string>
  readonly placeOf: PlaceOf
}

/** The tests of a file of Envoy's router_check_tool. */
export function envoyCases(file: EnvoyTestFile, loaded: LoadResult<object>): TestCase[] {
  const runtime = new Map<string, JsonValue>(Object.entries(file.runtime ?? {}))
  const source: TestSource = { texts: loaded.texts, placeOf: (node, field) => loaded.sources.positionOf(node, field) }
  return (file.tests ?? []).map((test, index) => envoyCase(test, index, runtime, source))
}

function pairs(list: EnvoyInput['additional_request_headers']): (readonly [string, string])[] {
  return (list ?? []).map(({ key = '', value = '' }) => [key, value])
}

/** One test of such a file; `index` is its number. */
export function envoyCase(
  test: EnvoyTest,
  index: number,
  runtime: TestCase['runtime'],
  { texts, placeOf }: TestSource,
): TestCase {
  const input = test.input ?? {}
  return {
    name: test.test_name ?? '',
    position: placeOf(test),
    index,
    request: {
      method: input.method,
      url: `${input.ssl === true ? 'https' : 'http'}://${input.authority ?? ''}${input.path ?? ''}`,
      headers: pairs(input.additional_request_headers),
      random: randomValue(input, placeOf, texts),
      metadata: metadataOf(input),
    },
    bare: true,
    internal: input.internal === true,
    listener: undefined,
    activeKey: input.runtime ?? '',
    runtime,
    responseHeaders: pairs(input.additional_response_headers),
    checks: checksOf(test.validate ?? {}, ['tests', index, 'validate'], placeOf),
  }
}

/** Beyond 2^53 a number has lost digits; the text still has them. */
function randomValue(input: EnvoyInput, placeOf: PlaceOf, texts: ReadonlyMap<string, string>): number | bigint {
  const value = input.random_value ?? 0
  if (Number.isSafeInteger(value)) return value
  const at = placeOf(input, 'random_value')
  const line = at && texts.get(at.file)?.split('\n')[at.line - 1]
  const digits = line === undefined ? undefined : /random_?[vV]alue["']?\s*:\s*["']?(\d+)/.exec(line)?.[1]
  return digits === undefined ? BigInt(value) : BigInt(digits)
}

/** A namespace that is there already is replaced only when that is allowed. */
function metadataOf(input: EnvoyInput): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const metadata = new Map<string, Readonly<Record<string, unknown>>>()
  for (const { metadata_namespace: namespace = '', value, allow_overwrite: overwrite } of input.dynamic_metadata ??
    []) {
    if (value !== undefined && (!metadata.has(namespace) || overwrite === true)) metadata.set(namespace, value)
  }
  return metadata
}

const TEXTS: readonly (readonly [keyof EnvoyAssert, (outcome: Outcome) => string])[] = [
  ['cluster_name', (outcome) => outcome.cluster],
  ['virtual_cluster_name', (outcome) => outcome.virtualCluster],
  ['virtual_host_name', (outcome) => outcome.virtualHost],
  ['path_rewrite', (outcome) => outcome.path],
  ['host_rewrite', (outcome) => outcome.host],
  ['path_redirect', (outcome) => outcome.ownUrl],
]

function checksOf(validate: EnvoyAssert, path: Path, placeOf: PlaceOf): Check[] {
  const checks: Check[] = []
  const add = (
    field: string,
    expected: string,
    actual: (outcome: Outcome) => string | number,
    updatable = true,
  ): void => {
    checks.push({
      field,
      expected,
      position: placeOf(validate, field),
      path: updatable ? [...path, field] : undefined,
      actual: (outcome) => {
        const value = actual(outcome)
        return String(value) === expected ? undefined : { text: String(value), value }
      },
    })
  }
  for (const [field, actual] of TEXTS) {
    const expected = validate[field]
    if (typeof expected === 'string') add(field, expected, actual)
  }
  // Status 0 is that of a route that does not answer by itself.
  if (validate.code_redirect !== undefined)
    add('code_redirect', String(validate.code_redirect), (outcome) =>
      outcome.route === undefined ? 0 : outcome.status,
    )
  if (validate.timeout !== undefined)
    add(
      'timeout',
      `${validate.timeout}ms`,
      (outcome) => (outcome.timeoutMs === undefined ? '' : `${outcome.timeoutMs}ms`),
      false,
    )
  for (const kind of ['request', 'response'] as const) {
    for (const header of validate[`${kind}_header_fields`] ?? []) {
      add(
        `${kind}_header_fields`,
        header.value ?? '',
        (outcome) => outcome[`${kind}Headers`].get((header.key ?? '').toLowerCase()) ?? '',
        false,
      )
    }
    for (const matcher of validate[`${kind}_header_matches`] ?? []) checks.push(matcherCheck(kind, matcher, placeOf))
  }
  for (const { namespace = '', key = '', value } of validate.route_metadata ?? []) {
    add(
      'route_metadata',
      JSON.stringify(value ?? null),
      (outcome) => JSON.stringify(outcome.route?.metadata[namespace]?.[key] ?? null),
      false,
    )
  }
  return checks
}

const place = configPlace(undefined, { report: () => {} })

function matcherCheck(kind: 'request' | 'response', config: HeaderMatcher, placeOf: PlaceOf): Check {
  const matcher = compileHeaderMatcher(config, place)
  return {
    field: `${kind}_header_matches`,
    expected: matcher.describe(),
    position: placeOf(config),
    path: undefined,
    actual: (outcome) => {
      const headers = outcome[`${kind}Headers`]
      return matcher.matches(headers) ? undefined : { text: headers.getJoined(matcher.name) ?? 'absent' }
    },
  }
}
