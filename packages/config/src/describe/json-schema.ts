import { NuncioError } from '@nuncio/core'
import type { MessageName } from '../message.ts'
import type { FieldType, MessageType, ValueType } from '../schema/field-type.ts'
import { envoySchema, type Schema } from '../schema/schema.ts'
import type { JsonObject, JsonValue } from '../values.ts'
import { docOf } from './docs.ts'
import { valueSchema } from './value-schema.ts'

export interface JsonSchemaOptions {
  /** The types that an `Any` may hold; all extensions of the table unless given. */
  readonly types?: readonly string[]
  /** Take the short forms too; true unless given. */
  readonly shortForms?: boolean
  readonly schema?: Schema
}

type Json = Record<string, JsonValue>

/**
 * JSON Schema (draft 7, which editors know best) of a message, for snake_case names, with everything below it and with
 * the `@type` map. Throws `ERR_NUNCIO_UNKNOWN_TYPE` when the table has no such type.
 */
export function jsonSchema(type: MessageName | `nuncio.${string}`, options: JsonSchemaOptions = {}): JsonObject {
  const builder = new Builder(options.schema ?? envoySchema(), options)
  const reference = builder.messageRef(type)
  if (!reference) throw new NuncioError('ERR_NUNCIO_UNKNOWN_TYPE', `there is no message type ${type}`)
  builder.finish()
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: type,
    ...reference,
    definitions: builder.definitions,
  }
}

class Builder {
  readonly definitions: Json = {}
  readonly #schema: Schema
  readonly #shortForms: boolean
  readonly #anyTypes: readonly string[]
  readonly #open: MessageType[] = []

  constructor(schema: Schema, options: JsonSchemaOptions) {
    this.#schema = schema
    this.#shortForms = options.shortForms ?? true
    this.#anyTypes = options.types ?? Object.keys(schema.table.messages).filter(isExtension)
  }

  messageRef(name: string): Json | undefined {
    const type = this.#schema.message(name)
    if (!type) return undefined
    if (!Object.hasOwn(this.definitions, name)) {
      this.definitions[name] = true
      this.#open.push(type)
    }
    return { $ref: `#/definitions/${name}` }
  }

  /** Works off what is referred to, without recursion: the API is deep and refers to itself. */
  finish(): void {
    for (let type = this.#open.pop(); type; type = this.#open.pop()) this.definitions[type.name] = this.#message(type)
  }

  #message(type: MessageType): Json {
    if (type.spec.x) return { type: 'object' }
    const properties: Json = { '@type': { type: 'string' } }
    for (const name of Object.keys(type.spec.f)) properties[name] = this.#field(type, type.fields.get(name)!)
    this.#addShortForms(type.name, properties)
    const required = type.needed
      .map(({ field }) => field)
      .filter((field) => !(this.#shortForms && field === 'stat_prefix'))
    const doc = docOf(type.name)
    const object: Json = {
      type: 'object',
      properties,
      additionalProperties: false,
      ...(doc === undefined ? {} : { description: doc }),
      ...(required.length === 0 ? {} : { required }),
    }
    if (type.name !== 'envoy.config.core.v3.Address' || !this.#shortForms) return object
    return { anyOf: [object, { type: 'string', description: 'host:port, :port or unix:/path' }] }
  }

  #addShortForms(type: string, properties: Json): void {
    if (!this.#shortForms) return
    if (type === 'envoy.config.route.v3.RouteAction')
      properties['retries'] = {
        description: 'Short for a retry_policy.',
        anyOf: [{ type: 'integer' }, { type: 'object' }],
      }
    if (type === 'envoy.config.listener.v3.Listener')
      properties['route_config'] = this.messageRef('envoy.config.route.v3.RouteConfiguration')!
    if (type === 'envoy.config.cluster.v3.Cluster')
      properties['hosts'] = { type: 'array', description: 'The v2 form of load_assignment.' }
  }

  #field(owner: MessageType, field: FieldType): Json {
    const doc = docOf(`${owner.name}.${field.field}`)
    const rest: Json = {
      ...(doc === undefined ? {} : { description: doc }),
      ...(field.spec.d ? { deprecationMessage: `${field.field} is deprecated` } : {}),
    }
    const value = this.#value(field, field)
    if (field.mapKey !== undefined) return { type: 'object', additionalProperties: value, ...rest }
    if (!field.list) return '$ref' in value ? { allOf: [value], ...rest } : { ...value, ...rest }
    const { min = 0, max = Infinity, unique = false } = field.sizeRule ?? {}
    const array: Json = {
      type: 'array',
      items: value,
      ...(min > 0 ? { minItems: min } : {}),
      ...(max < Infinity ? { maxItems: max } : {}),
      ...(unique ? { uniqueItems: true } : {}),
    }
    return { ...array, ...rest }
  }

  #value(type: ValueType, field: FieldType): Json {
    if (type.kind === 'message') return this.messageRef(type.name) ?? {}
    if (type.kind === 'any') return this.#any()
    if (type.kind === 'enum') return { enum: Object.keys(this.#schema.enum(type.name)?.values ?? {}) }
    return valueSchema(type, field)
  }

  #any(): Json {
    if (!Object.hasOwn(this.definitions, ANY)) {
      this.definitions[ANY] = true
      this.definitions[ANY] = this.#anyDefinition()
    }
    return { $ref: `#/definitions/${ANY}` }
  }

  #anyDefinition(): Json {
    const cases = this.#anyTypes.map((name): Json => ({
      if: { properties: { '@type': { enum: [url(name), name] } } },
      // oxlint-disable-next-line unicorn/no-thenable -- the word is JSON Schema's
      then: this.messageRef(name) ?? {},
    }))
    return {
      type: 'object',
      required: ['@type'],
      properties: {
        '@type': { type: 'string', description: 'What the object is.', anyOf: [{ enum: this.#anyTypes.map(url) }, {}] },
      },
      allOf: cases,
    }
  }
}

function url(name: string): string {
  return `type.googleapis.com/${name}`
}

const ANY = 'google.protobuf.Any'

/** Messages that are configured by `@type`: those of extensions, not the ones nested in them. */
function isExtension(name: string): boolean {
  return (
    /^envoy\.(?:extensions|config\.trace|config\.metrics|config\.upstream)\.(?:[a-z0-9_]+\.)*[A-Z]\w*$/.test(name) ||
    /^(?:envoy\.type\.matcher\.v3\.Http\w+Input|xds\.type\.matcher\.v3\.\w+)$/.test(name) ||
    // Whatever is not of the API is of somebody's extension.
    /^(?!(?:envoy|xds|google|opentelemetry)\.)(?:[a-z0-9_]+\.)*[A-Z]\w*$/.test(name)
  )
}
