// The text of the generated files.

const HEADER = `// Generated from the Envoy API (Apache-2.0, Copyright Envoy Project Authors; see NOTICE). Do not edit.\n`

/** JSON as a text that is parsed on first use: importing it costs nothing, and the compiler does not have to type it. */
export function textSource(name, value) {
  const text = JSON.stringify(value)
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
  return `${HEADER}export const ${name}: string = '${text}'\n`
}

const SCALARS = { string: 'string', bool: 'boolean', bytes: 'Uint8Array' }
const WELL_KNOWN = {
  Any: 'AnyMessage',
  Duration: 'Milliseconds',
  Timestamp: 'Milliseconds',
  Struct: 'JsonObject',
  Value: 'JsonValue',
  ListValue: 'readonly JsonValue[]',
  Empty: 'Record<string, never>',
  FieldMask: 'string',
  BoolValue: 'boolean',
  StringValue: 'string',
  BytesValue: 'Uint8Array',
}

/** The types of normalised configuration: see docs of `normalise` in @nuncio/config. */
export function messagesSource(table) {
  const ts = (type) => {
    if (SCALARS[type]) return SCALARS[type]
    if (type.startsWith('google.protobuf.')) return WELL_KNOWN[type.slice(16)] ?? 'number'
    if (table.enums[type]) return `Enums['${type}']`
    return table.messages[type] ? `Messages['${type}']` : 'number'
  }
  let text = `${HEADER}import type { AnyMessage, JsonObject, JsonValue, Milliseconds } from '../values.ts'\n\nexport interface Enums {\n`
  for (const [name, values] of Object.entries(table.enums))
    text += `  '${name}': ${Object.keys(values)
      .map((v) => `'${v}'`)
      .join(' | ')}\n`
  text += '}\n\nexport interface Messages {\n'
  for (const [name, message] of Object.entries(table.messages)) {
    text += `  '${name}': {\n`
    for (const [key, field] of Object.entries(message.f)) {
      const type = ts(field.t)
      text += `    ${field.d ? '/** @deprecated */ ' : ''}readonly ${key}?: ${field.k ? `Readonly<Record<string, ${type}>>` : field.a ? `readonly (${type})[]` : type}\n`
    }
    text += '  }\n'
  }
  return `${text}}\n`
}
