import { base64 } from '@nuncio/core'
import { timestampText } from '../check/timestamp.ts'
import type { MessageName, Message } from '../message.ts'
import type { FieldType, MessageType, ValueType } from '../schema/field-type.ts'
import { envoySchema, type Schema } from '../schema/schema.ts'
import type { JsonValue } from '../values.ts'
import { isSensitive, REDACTED } from './sensitive.ts'

type Fields = Readonly<Record<string, unknown>>
type Json = Record<string, JsonValue>

/** How a message is printed. */
export interface JsonOptions {
  /** Show secrets. Without it they are replaced, as in Envoy's config_dump. */
  readonly showSecrets?: boolean
  readonly schema?: Schema
}

/**
 * Proto-JSON of a normalised message, with snake_case names: what `/config_dump` shows. Secrets are redacted unless
 * asked for. Undefined when the table has no such type.
 */
export function toJson<T extends MessageName>(
  type: T,
  message: Message<T>,
  options: JsonOptions = {},
): JsonValue | undefined {
  const printer = new Printer(options.schema ?? envoySchema(), options.showSecrets ?? false)
  const messageType = printer.schema.message(type)
  return messageType && printer.message(messageType, message, false)
}

/** A normalised message as JSON without its secrets; `toJson` with its default. */
export function redact<T extends MessageName>(value: Message<T>, type: T): JsonValue | undefined {
  return toJson(type, value)
}

class Printer {
  readonly schema: Schema
  readonly #showSecrets: boolean

  constructor(schema: Schema, showSecrets: boolean) {
    this.schema = schema
    this.#showSecrets = showSecrets
  }

  message(type: MessageType, message: Fields, secret: boolean): Json {
    const out: Json = {}
    for (const name of Object.keys(type.spec.f)) {
      const value = message[name]
      if (value === undefined) continue
      const field = type.fields.get(name)!
      const printed = this.#field(field, value, secret || (!this.#showSecrets && isSensitive(type.name, field)))
      if (printed !== undefined) out[name] = printed
    }
    return out
  }

  #field(field: FieldType, value: unknown, secret: boolean): JsonValue | undefined {
    if (field.mapKey !== undefined) return this.#entries(field, value as Fields, secret)
    if (!field.list) return this.#value(field, value, secret)
    return (value as readonly unknown[])
      .map((item) => this.#value(field, item, secret))
      .filter((item) => item !== undefined)
  }

  #entries(type: ValueType, map: Fields, secret: boolean): Json {
    const out: Json = {}
    for (const [key, value] of Object.entries(map)) {
      const printed = this.#value(type, value, secret)
      if (printed !== undefined) out[key] = printed
    }
    return out
  }

  #value(type: ValueType, value: unknown, secret: boolean): JsonValue | undefined {
    const { kind } = type
    if (kind === 'message') {
      const message = this.schema.message(type.name)
      return message && this.message(message, value as Fields, secret)
    }
    if (kind === 'any') return this.#any(value as Fields, secret)
    if (kind === 'bytes') return secret ? REDACTED_BYTES : base64(value as Uint8Array)
    if (kind === 'string' || kind === 'struct' || kind === 'value' || kind === 'list-value')
      return secret ? REDACTED : (value as JsonValue)
    // A number or a flag of a secret is left out rather than made up.
    return secret ? undefined : scalarJson(type, value)
  }

  #any(any: Fields, secret: boolean): Json {
    const name = String(any['@type'])
    if (name === '') return {}
    const out: Json = { '@type': `type.googleapis.com/${name}` }
    const type = this.schema.message(name)
    if (type) {
      if (type.spec.x) return secret ? out : { ...(any as Json), ...out }
      return Object.assign(out, this.message(type, any, secret))
    }
    const wellKnown = this.schema.valueType(name)
    const value = wellKnown && any['value'] !== undefined ? this.#value(wellKnown, any['value'], secret) : undefined
    if (value !== undefined) out['value'] = value
    return out
  }
}

const REDACTED_BYTES = base64(Uint8Array.from(REDACTED, (char) => char.charCodeAt(0)))

function scalarJson({ kind, scalar }: ValueType, value: unknown): JsonValue {
  if (typeof value === 'number') {
    if (kind === 'duration') return durationText(value)
    if (kind === 'timestamp') return timestampText(value)
    // Proto-JSON writes 64-bit numbers as text, which keeps all digits in every reader; and what JSON has no number for.
    return (kind === 'int' && scalar.endsWith('64')) || !Number.isFinite(value) ? String(value) : value
  }
  return kind === 'empty' ? {} : (value as JsonValue)
}

/** Milliseconds as proto-JSON writes a duration: `1.500s`, with three, six or nine digits as needed. */
export function durationText(millis: number): string {
  const sign = millis < 0 ? '-' : ''
  const nanos = Math.round((Math.abs(millis) % 1000) * 1e6)
  const seconds = Math.floor(Math.abs(millis) / 1000) + Math.floor(nanos / 1e9)
  const digits = String(nanos % 1e9)
    .padStart(9, '0')
    .replace(/(?:000){1,3}$/, '')
  return `${sign}${seconds}${digits === '' ? '' : `.${digits}`}s`
}
