import { describe, expect, test } from 'vitest'
import { load } from '../load/load.ts'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'

/** What a field holds when it is written so; what is wrong with it otherwise. */
function read(field: string, written: string): unknown {
  const { config, problems } = load(CLUSTER, `name: a\n${field}: ${written}\n`)
  if (config !== undefined) return config[field as 'alt_stat_name']
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ message, hint }) => (hint === '' ? message : `${message} (${hint})`))
    .join('; ')
}

const REFUSED = expect.stringMatching(/^expected /) as unknown

describe('whole numbers', () => {
  test.each([
    ['010', 8],
    ['-0', -0],
    ['08', 8],
    ['"010"', 10],
    ['0x1F', 31],
    ['0X1f', 31],
    ['+5', 5],
    ['5e1', 50],
    ['5.0', 5],
    ['{ value: 5 }', 5],
    ['{}', 0],
    ['{ value: null }', 0],
    ['{ values: 5 }', 'expected a uint32, got an object'],
    ['0o17', 'expected a whole number, got 0o17 (octal is written as 017)'],
    ['"0o17"', REFUSED],
    ['1_000', REFUSED],
    ['0b1', REFUSED],
    ['5.5', REFUSED],
    ['!foo 5', 5],
  ])('%s is %s', (written, value) => expect(read('per_connection_buffer_limit_bytes', written)).toEqual(value))
})

describe('booleans', () => {
  test.each(['true', 'True', 'tRue', 'yes', 'on', 'y', 't', '"true"', '"T"', '"Yes"', '"1"'])('%s is true', (written) =>
    expect(read('respect_dns_ttl', written)).toBe(true),
  )
  test.each(['1', '0', '"on"', '"maybe"', '""', '2', '[true]', '{ value: true }'])('%s is none', (written) =>
    expect(read('respect_dns_ttl', written)).toEqual(REFUSED),
  )
})

describe('texts', () => {
  test.each([
    ['1.5', '1.5'],
    ['0o7', '0o7'],
    ['5000000000', '5000000000'],
    ['-2147483648', '-2147483648'],
    ['! 1', '1'],
    ['! true', 'true'],
    ['!!binary YQ==', 'YQ=='],
    ['1', 'expected a text, got 1 (put it in quotes: "1")'],
    ['!!str 1', REFUSED],
    ['0x1F', REFUSED],
    ['yes', REFUSED],
  ])('%s is %s', (written, value) => expect(read('alt_stat_name', written)).toEqual(value))
})

describe('durations', () => {
  test.each([
    ['{ seconds: 1, nanos: 5000000 }', 1005],
    ['9223372035s', 9_223_372_035_000],
    ['9223372036s', REFUSED],
    ['{ seconds: -1 }', REFUSED],
    ['{ seconds: 1, nanos: 1000000000 }', REFUSED],
  ])('%s is %s', (written, value) => expect(read('connect_timeout', written)).toEqual(value))
})

describe('names of enums', () => {
  test.each([
    ['v4_only', 'V4_ONLY'],
    ['1', 'V4_ONLY'],
    ['"01"', 'V4_ONLY'],
    ['1.0', expect.stringContaining('is not one of') as unknown],
    ['"1.0"', expect.stringContaining('is not one of') as unknown],
  ])('%s is %s', (written, value) => expect(read('dns_lookup_family', written)).toEqual(value))
})

describe('bytes', () => {
  const bytes = (written: string): unknown =>
    load('envoy.config.core.v3.HeaderValue', `{ key: a, raw_value: ${written} }`).config?.raw_value

  test.each(['YQ==', 'YQ', '"YQ=="'])('%s are one', (written) => expect(bytes(written)).toEqual(Uint8Array.of(97)))
  test.each(['YQ=', '"Y Q=="', '"YQ==\\n"', '"!"', 'Y', '"="'])('%s are none', (written) =>
    expect(bytes(written)).toBeUndefined(),
  )
})
