import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { headerMatcher } from './matchers.ts'
import { formatText, jsonFormat } from './operators.ts'

// Access logs beside the wide one, with filters and formats of their own.

const comparison = (values: readonly number[]): fc.Arbitrary<Tree> =>
  fc
    .tuple(fc.constantFrom('EQ', 'GE', 'LE', 'NE'), fc.constantFrom(...values))
    .map(([op, default_value]) => ({ comparison: { op, value: { default_value, runtime_key: 'none' } } }))

const simple: fc.Arbitrary<Tree> = fc.oneof(
  comparison([200, 204, 404, 503]).map((status_code_filter) => ({ status_code_filter })),
  fc.constantFrom(0, 100).map((numerator) => ({
    runtime_filter: { runtime_key: 'none', percent_sampled: { numerator } },
  })),
  fc.constant({ duration_filter: { comparison: { op: 'GE', value: { default_value: 60_000, runtime_key: 'none' } } } }),
  headerMatcher.map((header) => ({ header_filter: { header } })),
  fc
    .subarray(['NR', 'UF', 'UO', 'URX', 'RL', 'UH', 'UC', 'NC', 'FI', 'UAEX', 'DPE'], { minLength: 0, maxLength: 3 })
    .map((flags) => ({ response_flag_filter: { flags } })),
  fc
    .tuple(fc.subarray(['OK', 'UNAVAILABLE', 'NOT_FOUND', 'UNKNOWN'], { minLength: 1 }), fc.boolean())
    .map(([statuses, exclude]) => ({ grpc_status_filter: { statuses, ...(exclude && { exclude }) } })),
  fc.constant({ not_health_check_filter: {} }),
  fc.constantFrom('DownstreamEnd', 'DownstreamStart').map((type) => ({ log_type_filter: { types: [type] } })),
  fc.tuple(fc.constantFrom('v', 'none'), fc.boolean()).map(([exact, match_if_key_not_found]) => ({
    metadata_filter: {
      matcher: { filter: 'm', path: [{ key: 'k' }], value: { string_match: { exact } } },
      match_if_key_not_found,
    },
  })),
)

const filter: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 3, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('and_filter', 'or_filter'), fc.array(simple, { minLength: 2, maxLength: 3 }))
      .map(([kind, filters]) => ({ [kind]: { filters } })),
  },
)

/** Operators that extensions bring. */
const extended = fc
  .array(
    fc.constantFrom(
      '%REQ_WITHOUT_QUERY(:path)%', '%REQ_WITHOUT_QUERY(x-a?:path):3%', '%REQ_WITHOUT_QUERY(x-none)%', '%METADATA(DYNAMIC:m:k)%',
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => ({
    text_format_source: { inline_string: `${parts.join('|')}\n` },
    formatters: ['req_without_query.v3.ReqWithoutQuery', 'metadata.v3.Metadata'].map((type, i) => ({
      name: String(i),
      typed_config: { '@type': `extensions.formatter.${type}` },
    })),
  })) // prettier-ignore

const format: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    extended,
    formatText.map((text) => ({ text_format_source: { inline_string: `${text}\n` } })),
    jsonFormat.map((json_format) => ({ json_format })),
  ),
  maybe(fc.constant({ omit_empty_values: true })),
)

/** Access logs that write into the file of the wide one. */
export const accessLogs: fc.Arbitrary<readonly Tree[]> = fc.array(
  merged(
    fc.constant({ name: 'envoy.access_loggers.file' }),
    maybe(filter.map((tree) => ({ filter: tree }))),
    format.map((log_format) => ({
      typed_config: { '@type': 'extensions.access_loggers.file.v3.FileAccessLog', path: '{{log}}', log_format },
    })),
  ),
  { minLength: 1, maxLength: 2 },
)
