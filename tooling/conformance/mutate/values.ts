import type { FieldType, Rules, Schema } from '@nuncio/config'

// What people write where something else belongs. Nothing here is valid everywhere, and little is wrong everywhere.

const TEXTS = [
  '', ' ', 'nobody', 'a b', 'x\ny', 'ü', '/', '/nowhere', 'x/', '*', '**', '*.a.test', 'a.*.test', '*a.test', 'a.test:80', '%', '50%', '%%', '%REQ(x',
  '%NOBODY%', '%REQ(x)%', '(', '[a', 'a{2,1}', '\\', '(?=x)', '127.0.0.1', '127.0.0.1/33', '::1', '10.0.0', '300.1.1.1', 'localhost', ':path', ':nobody',
  'host', 'x-y', 'x'.repeat(300), '\0', '\u007f', '1', 'true', 'null', '~', '{}', 'http', 'https://a.test/x', '{x}', '{*}', '/{a}/{a}', '/**', '/{=**}',
] // prettier-ignore

const NUMBERS = [
  -1, 0, 1, 2, 3, 100, 101, 128, 255, 256, 600, 65_535, 65_536, 1e6, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1.5, 1e300, '1', '-1', ' 1', '1.0', '1.5', '1e3', '0x10',
  '', 'ten', '9223372036854775807', '18446744073709551616', 'NaN', 'Infinity', '-Infinity', true,
] // prettier-ignore

const DURATIONS = [
  '0s', '0.0s', '1s', '-1s', '-0s', '0.001s', '0.0001s', '0.000000001s', '0.0000000001s', '1.s', '.5s', '+1s', ' 1s', '1 s', '1S', '1ms', '1m', '1h', '1e3s', '1', 1, 0, 1.5, '', 's',
  '315576000000s', '315576000001s', '9223372036s', '9223372037s', '99999999999999999999s', '01s', '1,5s', { seconds: 1 }, { seconds: 1, nanos: 5 }, '1d', 'NaNs', '86400s', '3600s', true,
] // prettier-ignore

const BYTES = ['', 'YQ==', 'YQ', 'YQ=', 'YR==', '!!!', 'Y Q = =', '_-8=', '+/8=', 'a', 'YWI', 1, '\n', 'YQ==\n']

const TIMES = ['2030-01-31T23:59:59Z', '2030-01-31', '2030-02-30T00:00:00Z', '2030-01-31T24:00:00Z', '2030-01-31 23:59:59Z', '2030-01-31t23:59:59z', '2030-01-31T23:59:59+01:00', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '2016-12-31T23:59:60Z', '', 1] // prettier-ignore

const BOOLEANS = ['true', 'false', 'True', 'yes', '', 1, 0, 'maybe']

const SHAPES = [{}, [], [[]], [{}], 'text', 7, true, null, { value: 1 }, { x: 1 }]

const BY_KIND: { readonly [kind in FieldType['kind']]?: (schema: Schema, field: FieldType) => readonly unknown[] } = {
  string: (_, { spec }) => [...TEXTS, ...lengths(spec.r), 1, 1.5, true],
  int: (_, field) => [...NUMBERS, ...limits(field)],
  float: (_, field) => [...NUMBERS, ...limits(field)],
  duration: (_, { spec }) => [...DURATIONS, ...durationLimits(spec.r)],
  enum: enumValues,
  bytes: () => BYTES,
  timestamp: () => TIMES,
  bool: () => BOOLEANS,
}

/** What may be tried as one value of a field; nothing for messages and their like. */
export function valuesFor(schema: Schema, field: FieldType): readonly unknown[] {
  return BY_KIND[field.kind]?.(schema, field) ?? []
}

/** What may be tried in place of anything. */
export const shapes: readonly unknown[] = SHAPES

function rulesIn(rules: Rules | undefined, kind: string): Rules {
  const own = (rules?.['repeated'] as Rules | undefined)?.['items'] ?? rules
  return ((own as Rules | undefined)?.[kind] ?? {}) as Rules
}

/** Around each limit that a rule writes. */
function limits(field: FieldType): readonly number[] {
  const rules = rulesIn(field.spec.r, field.scalar)
  return ['lt', 'lte', 'gt', 'gte', 'const'].flatMap((name) => {
    const limit = rules[name]
    return limit === undefined ? [] : [Number(limit) - 1, Number(limit), Number(limit) + 1]
  })
}

function durationLimits(rules: Rules | undefined): readonly string[] {
  const own = rulesIn(rules, 'duration')
  return ['lt', 'lte', 'gt', 'gte'].flatMap((name) => {
    const limit = own[name] as { seconds?: number; nanos?: number } | undefined
    if (limit === undefined) return []
    const nanos = (limit.seconds ?? 0) * 1e9 + (limit.nanos ?? 0)
    return [nanos - 1, nanos, nanos + 1].filter((each) => each >= 0).map((each) => `${(each / 1e9).toFixed(9)}s`)
  })
}

function lengths(rules: Rules | undefined): readonly string[] {
  const own = rulesIn(rules, 'string')
  return ['max_len', 'max_bytes', 'min_len', 'min_bytes', 'len'].flatMap((name) => {
    const limit = Number(own[name] ?? 0)
    if (limit < 1 || limit > 20_000) return []
    return [limit - 1, limit, limit + 1].map((length) => 'x'.repeat(length))
  })
}

function enumValues(schema: Schema, field: FieldType): readonly unknown[] {
  const values = schema.enum(field.name)?.values ?? {}
  const names = Object.keys(values)
  const [first = 'X'] = names
  const numbers = Object.values(values)
  const wrong = [
    first.toLowerCase(),
    `${first}S`,
    '',
    ' ',
    first.replaceAll('_', '-'),
    99,
    -1,
    String(numbers[0]),
    1.5,
    true,
  ]
  return [...names, ...numbers, ...wrong]
}
