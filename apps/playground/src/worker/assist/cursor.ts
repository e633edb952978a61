import { type FieldType, type MessageType, type Schema, schemaWith } from '@nuncio/config'
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { rootType } from './root-type.ts'
import { productApi } from '../product.ts'

/** Where in the API a place of a text is. */
export interface Place {
  /** The message whose field it is. */
  readonly message: MessageType
  /** The field; undefined when a key has yet to be written. */
  readonly field: FieldType | undefined
  /** The keys that the map has beside it. */
  readonly siblings: readonly string[]
}

export type Found = (scalar: Scalar, isKey: boolean) => boolean

export function schema(): Schema {
  return schemaWith(productApi().definitions)
}

export function parse(text: string): Document {
  return parseDocument(text, { strict: false, uniqueKeys: false, logLevel: 'silent' }) as Document
}

/** The place of the first key or value that `found` says yes to. */
export function placeOf(document: Document, found: Found): Place | undefined {
  let place: Place | undefined
  visit(document, {
    Scalar(key, node, path) {
      if (!found(node, key === 'key')) return undefined
      place = resolve(document, path.filter(isPair), key === 'key', path.findLast(isMap))
      return visit.BREAK
    },
  })
  return place
}

/** Walks the API along the keys from the root to a map. */
function resolve(
  document: Document,
  pairs: readonly Pair[],
  isKey: boolean,
  map: YAMLMap | undefined,
): Place | undefined {
  const top = isMap(document.contents) ? keysOf(document.contents) : []
  let message = schema().message(rootType(top))
  let field: FieldType | undefined
  const parents = isKey ? pairs.slice(0, -1) : pairs
  for (const [i, pair] of parents.entries()) {
    if (message === undefined) return undefined
    field = message.fields.get(keyOf(pair))
    if (i === parents.length - 1 && !isKey) break
    message = field === undefined ? undefined : below(field, pair)
  }
  const siblings = map === undefined ? [] : keysOf(map)
  if (message === undefined) return undefined
  if (isKey) return { message, field: message.fields.get(keyOf(pairs.at(-1)!)), siblings }
  return { message, field, siblings }
}

/** The message that a field holds; of an `Any` the one that its `@type` names. */
function below(field: FieldType, pair: Pair): MessageType | undefined {
  if (field.kind === 'message') return schema().message(field.name)
  if (field.kind !== 'any' || !isMap(pair.value)) return undefined
  const type = pair.value.get('@type')
  return typeof type === 'string' ? schema().message(type.slice(type.lastIndexOf('/') + 1)) : undefined
}

function keysOf(map: YAMLMap): string[] {
  return map.items.map(keyOf)
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : ''
}
