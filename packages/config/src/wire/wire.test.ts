import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJson } from '../json/to-json.ts'
import { load } from '../load/load.ts'
import type { Message, MessageName } from '../message.ts'
import type { FieldType, ValueType } from '../schema/field-type.ts'
import { envoySchema } from '../schema/schema.ts'
import { decode, loadWire } from './decode.ts'
import { encode } from './encode.ts'

const schema = envoySchema()
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

describe('the protobuf wire format', () => {
  // Bytes as protoc makes them, worked out by hand from the format.
  test.each<[MessageName, object, string]>([
    ['envoy.config.core.v3.Pipe', { path: 'hé', mode: 300 }, '0a03 68c3a9 10ac02'],
    ['envoy.config.core.v3.Pipe', {}, ''],
    ['envoy.type.v3.Int64Range', { start: -1, end: 1 }, '08 ffffffffffffffffff01 10 01'],
    ['envoy.type.v3.Percent', { value: 1.5 }, '09 000000000000f83f'],
    ['envoy.config.cluster.v3.Cluster', { connect_timeout: 1500 }, '2208 0801 1080cab5ee01'],
    ['envoy.config.cluster.v3.Cluster', { type: 'STATIC' }, '1000'],
    ['envoy.config.cluster.v3.Cluster', { per_connection_buffer_limit_bytes: 0 }, '2a00'],
    ['envoy.config.cluster.v3.Cluster', { lb_policy: 'RANDOM' }, '3003'],
    [
      'envoy.config.core.v3.Metadata',
      { filter_metadata: { a: { b: true } } },
      '0a0e 0a0161 1209 0a07 0a0162 1202 2001',
    ],
    [
      'envoy.config.core.v3.TypedExtensionConfig',
      { typed_config: { '@type': 'google.protobuf.StringValue', value: 'x' } },
      '1236 0a2f 747970652e676f6f676c65617069732e636f6d2f676f6f676c652e70726f746f6275662e537472696e6756616c7565 1203 0a0178',
    ],
    ['envoy.config.route.v3.FilterConfig', { config: { '@type': '' } }, '0a00'],
    ['envoy.admin.v3.UpdateFailureState', { last_update_attempt: -500 }, '1211 08ffffffffffffffffff01 1080cab5ee01'],
  ])('%s %j', (type, message, text) => {
    expect(hex(encode(type, message))).toBe(text.replaceAll(' ', ''))
    expect(decode(type, bytesOf(text))).toEqual(message)
  })

  test('numbers of a list are read packed or one by one', () => {
    const codes = 'envoy.config.route.v3.RetryPolicy'
    expect(hex(encode(codes, { retriable_status_codes: [200, 5] }))).toBe('3a03c80105')
    expect(decode(codes, bytesOf('3a03c80105'))).toEqual({ retriable_status_codes: [200, 5] })
    expect(decode(codes, bytesOf('38c80138053a0106'))).toEqual({ retriable_status_codes: [200, 5, 6] })
  })

  test('a message in several pieces is one, later scalars win, a oneof keeps its last member', () => {
    const address = 'envoy.config.core.v3.Address'
    expect(decode(address, bytesOf('0a03120161 0a021850 0a03120162'))).toEqual({
      socket_address: { address: 'b', port_value: 80 },
    })
    expect(decode(address, bytesOf('1203 0a0161 0a03120162'))).toEqual({ socket_address: { address: 'b' } })
  })

  test('fields that are not known are skipped', () => {
    expect(
      decode('envoy.config.core.v3.Pipe', bytesOf('0a0161 f83f01 fa3f0162 f93f0000000000000000 fd3f00000000')),
    ).toEqual({ path: 'a' })
  })

  test('what is no message is refused', () => {
    for (const text of ['0a05 61', '0a', '08', '0affffffffff7f', '0fff', '10ffffffffffffffffffff01'])
      expect(decode('envoy.config.core.v3.Pipe', bytesOf(text))).toBeUndefined()
    const deep = Array.from({ length: 3000 }).reduce<Uint8Array>(
      (inner) => Uint8Array.of(0x0a, ...lengthOf(inner.length), ...inner),
      new Uint8Array(),
    )
    expect(decode('envoy.config.rbac.v3.Permission', deep)).toBeUndefined()
  })

  test('keys that reach prototypes are refused', () => {
    const entry = '0a095f5f70726f746f5f5f'
    expect(decode('envoy.config.core.v3.Metadata', bytesOf(`0a0d ${entry} 1200`))).toBeUndefined()
    expect(decode('envoy.config.core.v3.Metadata', bytesOf(`0a14 0a0161 120f 0a0d ${entry} 1200`))).toBeUndefined()
  })
})

function lengthOf(length: number): number[] {
  return length < 128 ? [length] : [(length & 127) | 128, ...lengthOf(length >> 7)]
}

describe('a message from the wire', () => {
  test('is checked as one from a file', () => {
    const bytes = encode('envoy.config.cluster.v3.Cluster', { name: '', connect_timeout: -1000, type: 'EDS' })
    const { config, problems } = loadWire('envoy.config.cluster.v3.Cluster', bytes, { file: 'cds' })
    expect(config).toBeUndefined()
    expect(problems.map(({ code, path, file, line }) => `${file}:${line} ${code} ${path}`)).toEqual([
      'cds:0 wrong-type connect_timeout',
      'cds:0 missing-field ',
      'cds:0 missing-field type',
    ])
  })

  test('is told when it is none', () => {
    expect(loadWire('envoy.config.cluster.v3.Cluster', bytesOf('0a05'))).toMatchObject({
      config: undefined,
      problems: [
        { code: 'malformed', message: expect.stringContaining('a field is longer than what is left') as unknown },
      ],
    })
  })

  test('of an unknown type in an Any is told by its name', () => {
    const bytes = bytesOf('1205 0a03 782e59')
    expect(
      loadWire('envoy.config.core.v3.TypedExtensionConfig', bytes).problems.map(({ code, path }) => `${code} ${path}`),
    ).toContain('unknown-type typed_config.@type')
  })
})

/** Normalised messages of a type, a few levels deep. */
function messages(name: string, depth: number): fc.Arbitrary<object> {
  const type = schema.message(name)!
  const taken = new Set<string>()
  const fields = Object.keys(type.spec.f).map((field) => type.fields.get(field)!)
  const usable = fields
    .filter((field) => depth > 0 || (field.kind !== 'message' && field.kind !== 'any'))
    .filter((field) => {
      // One member of each oneof.
      const group = field.oneof?.name
      return group === undefined || (!taken.has(group) && taken.add(group))
    })
  return fc
    .record(Object.fromEntries(usable.map((field) => [field.field, valueOfField(field, depth)])), { requiredKeys: [] })
    .map(withoutZeros(type.fields))
}

/** Zero and absent are one on the wire. */
function withoutZeros(fields: ReadonlyMap<string, FieldType>) {
  return (message: Record<string, unknown>): object =>
    Object.fromEntries(
      Object.entries(message).filter(([name, held]) => {
        const field = fields.get(name)!
        if (Array.isArray(held)) return held.length > 0
        if (field.mapKey !== undefined) return Object.keys(held as object).length > 0
        if (field.wrapper || field.oneof) return true
        if (field.kind === 'enum') return held !== schema.enum(field.name)!.zero
        return held !== 0 && held !== '' && held !== false && !(held instanceof Uint8Array && held.length === 0)
      }),
    )
}

function valueOfField(field: FieldType, depth: number): fc.Arbitrary<unknown> {
  const one = value(field, depth)
  if (field.mapKey !== undefined)
    return fc.dictionary(field.mapKey === 'string' ? fc.stringMatching(/^[a-z.é]{1,5}$/) : fc.nat().map(String), one, {
      maxKeys: 2,
      noNullPrototype: true,
    })
  return field.list ? fc.array(one, { maxLength: 2 }) : one
}

const millis = fc.integer({ min: 0, max: 1e12 }).map((micros) => micros / 1000)
const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, '', 'x', '5', 'true', 1.5, -3, 0),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 2 }),
  object: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 2, noNullPrototype: true }),
})).value
const INTS: Readonly<Record<string, fc.Arbitrary<number>>> = {
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint64: fc.maxSafeNat(),
  int64: fc.maxSafeInteger(),
}

function value(type: ValueType, depth: number): fc.Arbitrary<unknown> {
  const { kind } = type
  if (kind === 'message') return schema.message(type.name)!.spec.x ? fc.constant({}) : messages(type.name, depth - 1)
  if (kind === 'any')
    return fc
      .constantFrom('envoy.config.core.v3.Pipe', 'google.protobuf.Duration', 'envoy.type.v3.FractionalPercent')
      .chain((name) =>
        name.startsWith('google')
          ? millis.map((held) => ({ '@type': name, value: held }))
          : messages(name, depth - 1).map((held) => ({ '@type': name, ...held })),
      )
  if (kind === 'enum') return fc.constantFrom(...schema.enum(type.name)!.byNumber.values())
  if (kind === 'bool') return fc.boolean()
  if (kind === 'string')
    return fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => text.replaceAll('\u0000', ''))
  if (kind === 'bytes') return fc.uint8Array({ maxLength: 5 })
  if (kind === 'int') return INTS[type.scalar]!
  if (kind === 'float')
    return type.scalar === 'float'
      ? fc.float({ noNaN: true }).filter((n) => !Object.is(n, -0))
      : fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0))
  if (kind === 'duration') return millis
  if (kind === 'timestamp') return fc.integer({ min: -1e12, max: 1e13 })
  if (kind === 'struct') return json.filter((held) => typeof held === 'object' && held !== null && !Array.isArray(held))
  if (kind === 'list-value') return json.filter((held) => Array.isArray(held))
  if (kind === 'value') return json
  return kind === 'field-mask' ? fc.constantFrom('', 'a', 'a.b,c') : fc.constant({})
}

describe('for every message', () => {
  const names = [
    'envoy.config.bootstrap.v3.Bootstrap',
    'envoy.config.cluster.v3.Cluster',
    'envoy.config.listener.v3.Listener',
    'envoy.config.route.v3.RouteConfiguration',
    'envoy.config.endpoint.v3.ClusterLoadAssignment',
    'envoy.extensions.transport_sockets.tls.v3.Secret',
    'envoy.service.discovery.v3.DiscoveryRequest',
    'envoy.data.accesslog.v3.HTTPAccessLogEntry',
    'envoy.config.core.v3.Metadata',
  ] as const

  test.each(names)('decode of encode is the message itself: %s', (name) => {
    fc.assert(
      fc.property(messages(name, 2), (message) => {
        expect(decode(name, encode(name, message as Message<typeof name>))).toEqual(message)
      }),
      { numRuns: 40 },
    )
  })

  test.each(names)('its JSON is read as the message itself: %s', (name) => {
    fc.assert(
      fc.property(messages(name, 2), (message) => {
        const text = JSON.stringify(toJson(name, message as Message<typeof name>, { showSecrets: true }))
        const { partial, problems } = load(name, text, { noShortForms: true })
        expect(
          problems.filter(
            ({ code }) =>
              code === 'wrong-type' || code === 'unknown-field' || code === 'syntax' || code === 'out-of-range',
          ),
        ).toEqual([])
        expect(partial).toEqual(message)
      }),
      { numRuns: 40 },
    )
  })

  test('no bytes make the decoder throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 200 }), (name, bytes) => {
        const result = loadWire(name, bytes)
        expect(result.problems).toBeDefined()
      }),
      { numRuns: 500 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('bytes that are a little off do not make it throw either', () => {
    fc.assert(
      fc.property(messages('envoy.config.cluster.v3.Cluster', 2), fc.nat(), fc.nat(255), (message, at, byte) => {
        const bytes = encode('envoy.config.cluster.v3.Cluster', message as Message<'envoy.config.cluster.v3.Cluster'>)
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        expect(loadWire('envoy.config.cluster.v3.Cluster', bytes).problems).toBeDefined()
      }),
      { numRuns: 200 },
    )
  })
})

test('many small pieces of one message take time in proportion', () => {
  const piece = encode('envoy.config.cluster.v3.Cluster', {
    load_assignment: { endpoints: [{ priority: 1 }], named_endpoints: { a: {} } },
  })
  const bytes = new Uint8Array(piece.length * 100_000)
  for (let i = 0; i < 100_000; i++) bytes.set(piece, i * piece.length)
  expect(decode('envoy.config.cluster.v3.Cluster', bytes)?.load_assignment?.endpoints).toHaveLength(100_000)
}, 5000)
