import { describe as suite, expect, test } from 'vitest'
import { describe } from './describe.ts'
import { jsonSchema } from './json-schema.ts'

suite('what an editor shows', () => {
  test('of a field', () => {
    expect(describe('envoy.config.route.v3.RouteAction.timeout')).toMatchObject({
      kind: 'field',
      type: 'duration',
      required: false,
      deprecated: false,
      target: undefined,
    })
    expect(describe('envoy.config.route.v3.RouteAction.timeout')!.doc).toMatch(/timeout/)
    expect(describe('envoy.config.route.v3.VirtualHost.routes')).toMatchObject({
      type: 'list of envoy.config.route.v3.Route',
      target: 'envoy.config.route.v3.Route',
    })
    expect(describe('envoy.config.route.v3.VirtualHost.domains')).toMatchObject({
      type: 'list of string',
      required: true,
    })
    expect(describe('envoy.config.cluster.v3.Cluster.perConnectionBufferLimitBytes')).toMatchObject({
      name: 'envoy.config.cluster.v3.Cluster.per_connection_buffer_limit_bytes',
      type: 'uint32 (optional)',
    })
    expect(describe('envoy.config.cluster.v3.Cluster.lb_policy')).toMatchObject({
      members: expect.arrayContaining(['RANDOM']) as unknown,
    })
    expect(describe('envoy.config.cluster.v3.Cluster.http2_protocol_options')).toMatchObject({ deprecated: true })
    expect(describe('envoy.config.core.v3.Metadata.filter_metadata')).toMatchObject({ type: 'map of string to struct' })
  })

  test('of a message, an enum, and of nothing', () => {
    expect(describe('envoy.config.core.v3.Pipe')).toMatchObject({ kind: 'message', members: ['path', 'mode'] })
    expect(describe('envoy.config.cluster.v3.Cluster.LbPolicy')).toMatchObject({
      kind: 'enum',
      members: expect.arrayContaining(['MAGLEV']) as unknown,
    })
    expect(describe('envoy.config.core.v3.Pipe.nope')).toBeUndefined()
    expect(describe('nope')).toBeUndefined()
  })
})

suite('JSON Schema', () => {
  interface Schema {
    readonly [key: string]: unknown
    readonly definitions: Readonly<
      Record<
        string,
        {
          readonly [key: string]: unknown
          readonly properties: Readonly<Record<string, { readonly [key: string]: unknown }>>
        }
      >
    >
  }
  const schema = jsonSchema('envoy.config.bootstrap.v3.Bootstrap') as unknown as Schema

  test('has every message that can be reached, with its limits', () => {
    expect(schema['$ref']).toBe('#/definitions/envoy.config.bootstrap.v3.Bootstrap')
    expect(schema.definitions['envoy.config.route.v3.VirtualHost']).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['name', 'domains'],
      properties: { domains: { type: 'array', minItems: 1 }, name: { minLength: 1 } },
    })
    expect(schema.definitions['envoy.config.core.v3.SocketAddress']!.properties['port_value']).toMatchObject({
      type: ['integer', 'string'],
      minimum: 0,
      maximum: 65_535,
    })
    expect(schema.definitions['envoy.config.cluster.v3.Cluster']!.properties['connect_timeout']).toMatchObject({
      type: 'string',
    })
    expect(schema.definitions['envoy.config.cluster.v3.Cluster']!.properties['lb_policy']).toMatchObject({
      enum: expect.arrayContaining(['RANDOM']) as unknown,
    })
  })

  test('refers to nothing that it does not have', () => {
    const missing = new Set<string>()
    for (const [, name] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g))
      if (!Object.hasOwn(schema.definitions, name!)) missing.add(name!)
    expect([...missing]).toEqual([])
    expect(Object.values(schema.definitions)).not.toContain(true)
  })

  test('leads from @type to the message', () => {
    const any = schema.definitions['google.protobuf.Any'] as unknown as { allOf: { if: object; then: object }[] }
    expect(any.allOf).toContainEqual({
      if: {
        properties: {
          '@type': {
            enum: [
              'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
              'envoy.extensions.filters.http.router.v3.Router',
            ],
          },
        },
      },
      // oxlint-disable-next-line unicorn/no-thenable -- the word is JSON Schema's
      then: { $ref: '#/definitions/envoy.extensions.filters.http.router.v3.Router' },
    })
  })

  test('is for a part of the extensions where they are named', () => {
    const small = jsonSchema('envoy.config.core.v3.TypedExtensionConfig', {
      types: ['envoy.extensions.filters.http.cors.v3.Cors'],
    }) as unknown as Schema
    expect(Object.keys(small.definitions).toSorted()).toEqual([
      'envoy.config.core.v3.TypedExtensionConfig',
      'envoy.extensions.filters.http.cors.v3.Cors',
      'google.protobuf.Any',
    ])
  })

  test('takes the short forms or not', () => {
    expect(schema.definitions['envoy.config.core.v3.Address']).toHaveProperty('anyOf')
    const strict = jsonSchema('envoy.config.bootstrap.v3.Bootstrap', { shortForms: false }) as unknown as Schema
    expect(strict.definitions['envoy.config.core.v3.Address']).not.toHaveProperty('anyOf')
    expect(strict.definitions['envoy.config.route.v3.RouteAction']!.properties).not.toHaveProperty('retries')
  })
})
