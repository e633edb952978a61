import { NuncioError } from '@nuncio/core'
import { readMessage } from '../check/read.ts'
import { Walk } from '../check/walk.ts'
import { loadTree } from '../load/load.ts'
import type { LoadOptions } from '../load/options.ts'
import type { LoadResult } from '../load/result.ts'
import type { Message, MessageName } from '../message.ts'
import { type Finding, finding } from '../parse/finding.ts'
import { envoySchema, type Schema, schemaWith } from '../schema/schema.ts'
import type { MapNode } from '../tree/node.ts'
import { Texts } from '../tree/texts.ts'
import { decodeTree, NOWHERE } from './decode-tree.ts'
import { Malformed } from './reader.ts'

/**
 * The normalised form of a message on the wire; undefined when the bytes are no such message. Validation rules are not
 * looked at: `loadWire` does that. A value of an enum that the table does not know is its number as a text. Throws `ERR_NUNCIO_UNKNOWN_TYPE` when the table has no such type.
 */
export function decode<T extends MessageName>(
  type: T,
  bytes: Uint8Array,
  schema: Schema = envoySchema(),
): Message<T> | undefined {
  const tree = treeOf(schema, type, bytes)
  if (!('kind' in tree)) return undefined
  const walk = new Walk({
    schema,
    texts: new Texts(),
    honours: undefined,
    allowUnsupported: true,
    allowUnknownFields: true,
    shortForms: undefined,
    collect: NONE,
    fromWire: true,
  })
  return readMessage(walk, schema.message(type)!, tree)
}

const NONE: ReadonlySet<string> = new Set()

/** As `load`, of a message on the wire: what xDS delivers. Problems have no place in a text, only a path. */
export function loadWire<T extends MessageName>(
  type: T,
  bytes: Uint8Array,
  options: LoadOptions = {},
): LoadResult<Message<T>> {
  const texts = new Texts()
  texts.add(options.file ?? '', '')
  const tree = treeOf(schemaWith(options.definitions), type, bytes)
  const readable = 'kind' in tree
  return loadTree(type, readable ? tree : undefined, readable ? [] : [tree], texts, { ...options, noShortForms: true })
}

function treeOf(schema: Schema, name: string, bytes: Uint8Array): MapNode | Finding {
  const type = schema.message(name)
  if (!type) throw new NuncioError('ERR_NUNCIO_UNKNOWN_TYPE', `there is no message type ${name}`)
  try {
    return decodeTree(schema, type, bytes, 0)
  } catch (error) {
    if (error instanceof Malformed) return finding('malformed', NOWHERE, `the bytes are no ${name}: ${error.message}`)
    throw error
  }
}
