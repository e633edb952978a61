import { describe, expect, it } from 'vitest'
import { loadCel } from '@nuncio/cel'
import type { AnyMessage, Message } from '@nuncio/config'
import { emptyRuntime, Flag, responseHeaders, type Runtime, type StreamInfo } from '@nuncio/core'
import { FakeRuntime, FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import type { FormatContext } from '../context.ts'
import type { Finding } from '../finding.ts'
import { testContext } from '../testing/context.ts'
import { compileAccessLogFilter } from './access-log-filter.ts'
import type { AccessLogMatchers } from './matching-filters.ts'

type Config = Message<'envoy.config.accesslog.v3.AccessLogFilter'>

const matchers: AccessLogMatchers = {
  header: (config) => ({ matches: (headers) => headers.get(config.name ?? '') === config.exact_match }),
  value: (config) => ({ matches: (value) => value === config.string_match?.exact }),
}

interface Extra {
  readonly runtime?: Runtime
  readonly random?: readonly number[]
  readonly findings?: Finding[]
}

function passes(config: Config, context: FormatContext, extra: Extra = {}): boolean {
  const { findings = [] } = extra
  const filter = compileAccessLogFilter(config, {
    report: (finding) => findings.push(finding),
    runtime: extra.runtime ?? emptyRuntime,
    time: new FakeTime(1_000_053),
    random: new ScriptedRandom(extra.random ?? []),
    matchers,
  })
  return filter(context)
}

function answered(status: number, info: Partial<StreamInfo> = {}): FormatContext {
  return testContext([], [], { status, ...info })
}

function atLeast(ms: number): Config {
  return { duration_filter: { comparison: { op: 'GE', value: { default_value: ms, runtime_key: '' } } } }
}

function idWithDigit(digit: string): string {
  return `5b866ed4-1a12-${digit}bc9-896d-de8dfed6a9cb`
}

function idFrom(first: number): string {
  return `${first.toString(16).padStart(8, '0')}-1a12-4bc9-896d-de8dfed6a9cb`
}

const status = (op: 'EQ' | 'GE' | 'LE' | 'NE', value: number): Config => ({
  status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: 'log.status' } } },
})

describe('access log filters', () => {
  it.each([
    ['EQ', 503, 503, true], ['EQ', 503, 504, false], ['GE', 500, 500, true], ['GE', 500, 499, false],
    ['LE', 399, 399, true], ['LE', 399, 400, false], ['EQ', 0, 0, true], ['NE', 200, 200, false], ['NE', 200, 500, true],
  ] as const)('compares the status: %s %i with %i is %s', (op, limit, code, expected) => {
    expect(passes(status(op, limit), answered(code))).toBe(expected)
  }) // prettier-ignore

  it('takes the limit from the runtime when its key is set', () => {
    const runtime = new FakeRuntime({ 'log.status': 400 })
    expect(passes(status('GE', 500), answered(404), { runtime })).toBe(true)
  })

  it('compares the duration, also of a stream that goes on', () => {
    expect(passes(atLeast(12), answered(200))).toBe(true)
    expect(passes(atLeast(13), answered(200))).toBe(false)
    expect(passes(atLeast(50), answered(200, { endMs: -1 }))).toBe(true)
    expect(passes(atLeast(51), answered(200, { endMs: -1 }))).toBe(false)
  })

  it('leaves out health checks', () => {
    expect(passes({ not_health_check_filter: {} }, answered(200, { healthCheck: true }))).toBe(false)
    expect(passes({ not_health_check_filter: {} }, answered(200))).toBe(true)
  })

  it('tells traced requests by their id', () => {
    expect(['4', '9', 'a', 'b'].map((d) => passes({ traceable_filter: {} }, answered(200, { requestId: idWithDigit(d) })))).toEqual([false, true, true, true]) // prettier-ignore
  })

  it('samples by the request id, and by chance where there is none', () => {
    const half: Config = { runtime_filter: { runtime_key: 'k', percent_sampled: { numerator: 50, denominator: 'HUNDRED' } } } // prettier-ignore
    expect(passes(half, answered(200, { requestId: idFrom(149) }))).toBe(true)
    expect(passes(half, answered(200, { requestId: idFrom(150) }))).toBe(false)
    expect(passes(half, answered(200, { requestId: '' }), { random: [149] })).toBe(true)
    const independent: Config = { runtime_filter: { ...half.runtime_filter, use_independent_randomness: true } }
    expect(passes(independent, answered(200, { requestId: idFrom(149) }), { random: [199] })).toBe(false)
  })

  it('joins filters', () => {
    const low = status('LE', 299)
    const high = status('GE', 200)
    expect(passes({ and_filter: { filters: [low, high] } }, answered(200))).toBe(true)
    expect(passes({ and_filter: { filters: [low, high] } }, answered(300))).toBe(false)
    expect(passes({ or_filter: { filters: [low, high] } }, answered(300))).toBe(true)
    expect(passes({ or_filter: { filters: [low, status('GE', 400)] } }, answered(300))).toBe(false)
  })

  it('matches request headers; a connection without any has none', () => {
    const config: Config = { header_filter: { header: { name: 'x-log', exact_match: 'yes' } } }
    expect(passes(config, testContext([['x-log', 'yes']]))).toBe(true)
    expect(passes(config, { ...testContext(), request: undefined })).toBe(false)
  })

  it('matches response flags', () => {
    expect(passes({ response_flag_filter: { flags: ['UF', 'NR'] } }, answered(503, { flags: Flag.UF }))).toBe(true)
    expect(passes({ response_flag_filter: { flags: ['NR'] } }, answered(503, { flags: Flag.UF }))).toBe(false)
    expect(passes({ response_flag_filter: {} }, answered(503, { flags: Flag.UF }))).toBe(true)
    expect(passes({ response_flag_filter: {} }, answered(200))).toBe(false)
  })

  it('matches the gRPC status of trailers, headers or HTTP', () => {
    const config: Config = { grpc_status_filter: { statuses: ['UNAVAILABLE'] } }
    const trailers = { ...answered(200), responseTrailers: responseHeaders(0, [['grpc-status', '14']]) }
    expect(passes(config, trailers)).toBe(true)
    expect(passes(config, answered(503))).toBe(true)
    expect(passes(config, answered(200))).toBe(false)
    expect(passes({ grpc_status_filter: { statuses: ['UNAVAILABLE'], exclude: true } }, answered(503))).toBe(false)
  })

  it('matches dynamic metadata and decides for absent keys', () => {
    const matcher = { filter: 'ns', path: [{ key: 'a' }, { key: 'b' }], value: { string_match: { exact: 'x' } } }
    const context = answered(200)
    expect(passes({ metadata_filter: { matcher } }, context)).toBe(true)
    expect(passes({ metadata_filter: { matcher, match_if_key_not_found: false } }, context)).toBe(false)
    context.info.setMetadata('ns', { a: { b: 'x' } })
    expect(passes({ metadata_filter: { matcher, match_if_key_not_found: false } }, context)).toBe(true)
    context.info.setMetadata('ns', { a: { b: 'y' } })
    expect(passes({ metadata_filter: { matcher } }, context)).toBe(false)
  })

  it('matches the type of the log', () => {
    expect(passes({ log_type_filter: { types: ['DownstreamEnd'] } }, answered(200))).toBe(true)
    expect(passes({ log_type_filter: { types: ['DownstreamEnd'], exclude: true } }, answered(200))).toBe(false)
  })

  const cel = (expression: string): Config => ({
    extension_filter: {
      name: 'cel',
      typed_config: {
        '@type': 'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
        expression,
      } as AnyMessage,
    },
  })

  it('matches by an expression in CEL', async () => {
    await loadCel()
    expect(passes(cel('response.code >= 400'), answered(503))).toBe(true)
    expect(passes(cel('response.code >= 400'), answered(200))).toBe(false)
    expect(passes(cel('request.headers["none"] == "x"'), answered(200))).toBe(false)
    const findings: Finding[] = []
    passes({ and_filter: { filters: [cel('none()')] } }, answered(200), { findings })
    expect(findings).toMatchObject([
      {
        code: 'bad-expression',
        path: 'filter.and_filter.filters[0].extension_filter.typed_config.expression',
        message: 'the expression is refused: there is no function "none"',
        field: 'expression',
      },
    ])
  })

  it('reports unknown flags and extension filters with their paths', () => {
    const findings: Finding[] = []
    const config: Config = {
      or_filter: { filters: [{ response_flag_filter: { flags: ['XX'] } }, { extension_filter: { name: 'cel' } }] },
    }
    passes(config, answered(200), { findings })
    expect(findings.map(({ code, path }) => [code, path])).toEqual([
      ['unknown-flag', 'filter.or_filter.filters[0].response_flag_filter.flags[0]'],
      ['unsupported', 'filter.or_filter.filters[1].extension_filter'],
    ])
  })
})
