import { typeNameOf } from '../schema/names.ts'
import { type Entry, entryOf, isNull, type MapNode, type Node } from '../tree/node.ts'
import { applyShortForm } from './apply-short-form.ts'
import { type Fields, readFields, readValue } from './read.ts'
import { show, wrongType } from './scalar.ts'
import { reportUnsupportedType } from './unsupported.ts'
import { v3TypeOf } from './v2-types.ts'
import type { Walk } from './walk.ts'
import { jsonOf } from './well-known.ts'

const ADDRESS = 'type.googleapis.com/'
const TYPED_STRUCTS = new Set(['xds.type.v3.TypedStruct', 'udpa.type.v1.TypedStruct'])

/** Whose `Any` may say nothing: the filter is on, with the configuration that it has anyway. */
const MAY_BE_EMPTY = 'envoy.config.route.v3.FilterConfig'

/** Reads an `Any` by its `@type`: `{'@type': full name, …fields}`. */
export function readAny(walk: Walk, node: Node): Fields | undefined {
  if (node.kind !== 'map') return wrongType(walk, node, 'an object with "@type"')
  const entry = entryOf(node, '@type')
  if (!entry && node.entries.length === 0 && walk.types.at(-1)?.name === MAY_BE_EMPTY)
    return walk.made({ '@type': '' }, node)
  if (!entry) {
    walk.error('missing-field', node.offset, '"@type" is required: it says what the object is')
    return undefined
  }
  if (entry.value.kind !== 'scalar' || isNull(entry.value)) {
    walk.error('wrong-type', entry.value.offset, `expected the name of a type, got ${show(entry.value)}`, '', '@type')
    return undefined
  }
  const name = typeNameOf(entry.value.text)
  checkAddress(walk, name, entry)
  return TYPED_STRUCTS.has(name) ? readTypedStruct(walk, node) : readTyped(walk, name, node, '@type', entry)
}

/** A type is named by a URL: its full name behind an address, which nobody asks. */
function checkAddress(walk: Walk, name: string, { key, value }: Entry): void {
  const text = value.kind === 'scalar' ? value.text : ''
  if (walk.fromWire || text.lastIndexOf('/') > 0 || !isKnown(walk, name)) return
  const message = `${JSON.stringify(text)} is no type URL: there is no address before the name`
  walk.error('wrong-type', value.offset, message, `did you mean ${ADDRESS}${name}?`, key)
}

/** The object inside stands for a message of the type that `type_url` names. */
function readTypedStruct(walk: Walk, node: MapNode): Fields | undefined {
  const entry = entryOf(node, 'type_url') ?? entryOf(node, 'typeUrl')
  if (entry?.value.kind !== 'scalar' || isNull(entry.value)) {
    walk.error('missing-field', node.offset, '"type_url" is required: it says what the object is')
    return undefined
  }
  const value = entryOf(node, 'value')?.value
  if (value && value.kind !== 'map' && !isNull(value)) return wrongType(walk, value, 'an object')
  const content: MapNode = value?.kind === 'map' ? value : { kind: 'map', offset: node.offset, entries: [] }
  walk.path.push('value')
  const read = readTyped(walk, typeNameOf(entry.value.text), content, undefined, entry)
  walk.path.pop()
  return read
}

function readTyped(
  walk: Walk,
  name: string,
  content: MapNode,
  skip: string | undefined,
  typeEntry: Entry,
): Fields | undefined {
  const optional = walk.optional
  const unsupported = walk.honours !== undefined && walk.quiet === 0 && reportUnsupportedType(walk, name, typeEntry)
  walk.optional = 0
  if (unsupported) walk.quiet++
  const read = readContent(walk, name, content, skip)
  if (unsupported) walk.quiet--
  walk.optional = optional
  if (read) return walk.made(read, content)
  if (!isKnown(walk, name)) reportUnknownType(walk, name, typeEntry)
  return undefined
}

function isKnown(walk: Walk, name: string): boolean {
  return walk.schema.valueType(name) !== undefined && name.includes('.')
}

function readContent(walk: Walk, name: string, content: MapNode, skip: string | undefined): Fields | undefined {
  const type = walk.schema.message(name)
  const into: Fields = { '@type': name }
  if (type?.spec.x) return { ...(jsonOf(walk, content) as Fields), '@type': name }
  if (type) {
    applyShortForm(walk, name, content)
    readFields(walk, type, content, into, skip)
    walk.found.get(name)?.push(into)
    return into
  }
  const wellKnown = isKnown(walk, name) ? walk.schema.valueType(name) : undefined
  if (!wellKnown) return undefined
  if (wellKnown.kind === 'empty') return into
  const value = entryOf(content, 'value')
  if (!value) {
    walk.error('missing-field', content.offset, `"value" is required: it holds the ${name}`)
    return undefined
  }
  walk.path.push('value')
  const read = readValue(walk, wellKnown, value.value)
  walk.path.pop()
  if (read !== undefined) into['value'] = read
  return into
}

function reportUnknownType(walk: Walk, name: string, entry: Entry): void {
  const severity = walk.optional > 0 ? 'warning' : 'error'
  walk.say(
    'unknown-type',
    severity,
    entry.value.offset,
    `there is no type ${JSON.stringify(name)}`,
    typeHint(walk, name),
    entry.key,
  )
}

function typeHint(walk: Walk, name: string): string {
  const v3 = v3TypeOf(walk.schema, name)
  if (v3) return `v3 calls it ${ADDRESS}${v3}`
  const near = walk.nearest(name, Object.keys(walk.schema.table.messages))
  return near ? `did you mean ${ADDRESS}${near}?` : 'see the support table for the types that are known'
}
