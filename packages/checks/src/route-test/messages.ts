import type { FieldSpec, JsonObject, JsonValue, Message, MessageSchema, MessageSpec } from '@nuncio/config'

// The formats of route tests in the form of the API's table, so that the loader reads them as it reads
// configuration: with places, with every problem in one pass, and with nothing that a file could break.

type HeaderValue = Message<'envoy.config.core.v3.HeaderValue'>
type HeaderMatcher = Message<'envoy.config.route.v3.HeaderMatcher'>

/** A file of Envoy's router_check_tool. */
export interface EnvoyTestFile {
  readonly tests?: readonly EnvoyTest[]
  readonly runtime?: JsonObject
}
export interface EnvoyTest {
  readonly test_name?: string
  readonly input?: EnvoyInput
  readonly validate?: EnvoyAssert
}
export interface EnvoyInput {
  readonly authority?: string
  readonly path?: string
  readonly method?: string
  readonly random_value?: number
  readonly ssl?: boolean
  readonly internal?: boolean
  readonly runtime?: string
  readonly additional_request_headers?: readonly HeaderValue[]
  readonly additional_response_headers?: readonly HeaderValue[]
  readonly dynamic_metadata?: readonly {
    readonly metadata_namespace?: string
    readonly value?: JsonObject
    readonly allow_overwrite?: boolean
  }[]
}
export interface EnvoyAssert {
  readonly cluster_name?: string
  readonly virtual_cluster_name?: string
  readonly virtual_host_name?: string
  readonly host_rewrite?: string
  readonly path_rewrite?: string
  readonly path_redirect?: string
  readonly code_redirect?: number
  readonly request_header_fields?: readonly HeaderValue[]
  readonly response_header_fields?: readonly HeaderValue[]
  readonly request_header_matches?: readonly HeaderMatcher[]
  readonly response_header_matches?: readonly HeaderMatcher[]
  readonly timeout?: number
  readonly route_metadata?: readonly {
    readonly namespace?: string
    readonly key?: string
    readonly value?: JsonValue
  }[]
}

/** A test in the form that Envoy's tool had before its files were protobuf. */
export interface EarlyTest {
  readonly test_name?: string
  readonly input?: EarlyInput
  readonly validate?: EarlyAssert
}
export interface EarlyInput extends Pick<EnvoyInput, 'random_value' | 'ssl' | 'internal'> {
  readonly ':authority'?: string
  readonly ':path'?: string
  readonly ':method'?: string
  readonly additional_headers?: readonly EarlyHeader[]
}
export interface EarlyAssert extends EnvoyAssert {
  readonly header_fields?: readonly EarlyHeader[]
  readonly custom_header_fields?: readonly EarlyHeader[]
}
export interface EarlyHeader {
  readonly field?: string
  readonly value?: string
}

/** A `*.routes.test.yaml`. */
export interface OwnTestFile {
  /** The configuration to test, when the command line names none. */
  readonly config?: string
  readonly listener?: string
  readonly runtime?: JsonObject
  readonly tests?: readonly OwnTest[]
}
export interface OwnTest {
  readonly name?: string
  /** `GET https://host/path`; GET may be left out. */
  readonly request?: string
  readonly headers?: JsonObject
  readonly listener?: string
  readonly random?: number
  readonly source?: string
  readonly metadata?: JsonObject
  readonly runtime?: JsonObject
  readonly expect?: OwnExpectation
}
export interface OwnExpectation {
  readonly cluster?: string
  readonly route?: string
  readonly virtual_host?: string
  readonly virtual_cluster?: string
  readonly host?: string
  readonly path?: string
  readonly status?: number
  readonly location?: string
  readonly timeout?: number
  readonly body?: string
  readonly request_headers?: JsonObject
  readonly response_headers?: JsonObject
}

const STRING = 'google.protobuf.StringValue'
const NUMBER = 'google.protobuf.UInt32Value'
const VALUE = 'google.protobuf.Value'
const DURATION = 'google.protobuf.Duration'
const STRUCT = 'google.protobuf.Struct'
const HEADER = 'envoy.config.core.v3.HeaderValue'
const MATCHER = 'envoy.config.route.v3.HeaderMatcher'

type Field = readonly [name: string, type: string, more?: Partial<FieldSpec>]

function message(...fields: readonly Field[]): MessageSpec {
  return { f: Object.fromEntries(fields.map(([name, t, more], i) => [name, { t, n: i + 1, ...more }])) }
}

const list = { a: 1 } as const
const map = { k: 'string' } as const
const atLeast = (min: number): Partial<FieldSpec> => ({ r: { string: { min_len: min } } })
const required: Partial<FieldSpec> = { r: { message: { required: true } } }
const someItems: Partial<FieldSpec> = { a: 1, r: { repeated: { min_items: 1 } } }

export const ENVOY_FILE = 'nuncio.checks.v1.RouterCheckFile'
export const EARLY_FILE = 'nuncio.checks.v1.EarlyRouterCheckFile'
export const OWN_FILE = 'nuncio.checks.v1.RouteTestFile'
const ENVOY = 'nuncio.checks.v1.RouterCheck'
const EARLY = 'nuncio.checks.v1.EarlyRouterCheck'
const OWN = 'nuncio.checks.v1.RouteTest'

const messages: Readonly<Record<string, MessageSpec>> = {
  [ENVOY_FILE]: message(['tests', ENVOY, someItems], ['runtime', VALUE, map]),
  [ENVOY]: message(
    ['test_name', 'string', atLeast(1)],
    ['input', `${ENVOY}.Input`, required],
    ['validate', `${ENVOY}.Assert`, required],
  ),
  [`${ENVOY}.Input`]: message(
    ['authority', 'string', atLeast(1)], ['path', 'string', atLeast(1)], ['method', 'string', atLeast(3)],
    ['random_value', 'uint64'], ['ssl', 'bool'], ['internal', 'bool'], ['runtime', 'string'],
    ['additional_request_headers', HEADER, list], ['additional_response_headers', HEADER, list],
    ['dynamic_metadata', 'envoy.extensions.filters.http.set_metadata.v3.Metadata', list],
  ), // prettier-ignore
  [`${ENVOY}.Assert`]: message(
    ['cluster_name', STRING], ['virtual_cluster_name', STRING], ['virtual_host_name', STRING], ['host_rewrite', STRING],
    ['path_rewrite', STRING], ['path_redirect', STRING], ['code_redirect', NUMBER], ['request_header_fields', HEADER, list],
    ['response_header_fields', HEADER, list], ['request_header_matches', MATCHER, list], ['response_header_matches', MATCHER, list],
    ['timeout', DURATION], ['route_metadata', `${ENVOY}.RouteMetadata`, list],
  ), // prettier-ignore
  [`${ENVOY}.RouteMetadata`]: message(['namespace', 'string'], ['key', 'string'], ['value', VALUE]),
  [EARLY_FILE]: message(['tests', EARLY, someItems]),
  [EARLY]: message(
    ['test_name', 'string', atLeast(1)],
    ['input', `${EARLY}.Input`, required],
    ['validate', `${EARLY}.Assert`, required],
  ),
  [`${EARLY}.Input`]: message(
    [':authority', 'string', atLeast(1)], [':path', 'string', atLeast(1)], [':method', 'string'],
    ['random_value', 'uint64'], ['ssl', 'bool'], ['internal', 'bool'], ['additional_headers', `${EARLY}.Header`, list],
  ), // prettier-ignore
  [`${EARLY}.Assert`]: message(
    ['cluster_name', STRING], ['virtual_cluster_name', STRING], ['virtual_host_name', STRING], ['host_rewrite', STRING],
    ['path_rewrite', STRING], ['path_redirect', STRING], ['header_fields', `${EARLY}.Header`, list],
    ['custom_header_fields', `${EARLY}.Header`, list],
  ), // prettier-ignore
  [`${EARLY}.Header`]: message(['field', 'string', atLeast(1)], ['value', 'string']),
  [OWN_FILE]: message(['config', 'string'], ['listener', 'string'], ['runtime', VALUE, map], ['tests', OWN, someItems]),
  [OWN]: message(
    ['name', 'string'], ['request', 'string', atLeast(1)], ['headers', VALUE, map], ['listener', 'string'], ['random', 'uint64'],
    ['source', 'string'], ['metadata', STRUCT], ['runtime', VALUE, map], ['expect', `${OWN}.Expectation`],
  ), // prettier-ignore
  [`${OWN}.Expectation`]: message(
    ['cluster', STRING], ['route', STRING], ['virtual_host', STRING], ['virtual_cluster', STRING], ['host', STRING], ['path', STRING],
    ['status', NUMBER], ['location', STRING], ['timeout', DURATION], ['body', STRING], ['request_headers', VALUE, map], ['response_headers', VALUE, map],
  ), // prettier-ignore
}

/** For the loader: the messages of all formats. One list, because the loader keeps what it makes of it. */
export const TEST_DEFINITIONS: readonly MessageSchema<never>[] = [{ type: OWN_FILE, honours: {}, messages }]
