import { headerId } from '@nuncio/core'
import { isToken } from '../../http1/tokens.ts'

// What a name means to HTTP/2.

export const PLAIN = 0
/** Not a token in lower case: the message is malformed. */
export const BAD_NAME = 1
/** It concerns one connection, which HTTP/2 has no fields for: the message is malformed. */
export const CONNECTION_FIELD = 2
export const TE_FIELD = 3
export const HOST_FIELD = 4
export const COOKIE_FIELD = 5
export const LENGTH_FIELD = 6
/** Kinds from here on are pseudo headers; those below the last have a place in `FieldSection.pseudo`. */
export const FIRST_PSEUDO = 8
export const METHOD = 8
export const SCHEME = 9
export const AUTHORITY = 10
export const PATH = 11
export const PROTOCOL = 12
export const STATUS = 13
export const UNKNOWN_PSEUDO = 14

const KINDS: ReadonlyMap<string, number> = new Map([
  ['connection', CONNECTION_FIELD],
  ['keep-alive', CONNECTION_FIELD],
  ['proxy-connection', CONNECTION_FIELD],
  ['transfer-encoding', CONNECTION_FIELD],
  ['upgrade', CONNECTION_FIELD],
  ['http2-settings', CONNECTION_FIELD],
  ['te', TE_FIELD],
  ['host', HOST_FIELD],
  ['cookie', COOKIE_FIELD],
  ['content-length', LENGTH_FIELD],
  [':method', METHOD],
  [':scheme', SCHEME],
  [':authority', AUTHORITY],
  [':path', PATH],
  [':protocol', PROTOCOL],
  [':status', STATUS],
])

/** A field name, looked at once. */
export interface FieldName {
  readonly text: string
  /** How a line of HTTP/1 begins with it. */
  readonly lineStart: string
  /** The number of the known header, 0 for others. */
  readonly id: number
  readonly kind: number
  /** Whether there is an underscore in it, which some gateways read as a dash. */
  readonly underscore: boolean
}

const MAX_REMEMBERED = 512
const names = new Map<string, FieldName>()

/** What is to be known of a name. The first few hundred of a process are remembered: hardly anybody uses others. */
export function fieldName(text: string): FieldName {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = { text, lineStart: `${text}: `, id: headerId(text), kind: kindOf(text), underscore: text.includes('_') }
  if (names.size < MAX_REMEMBERED && text.length < 64) names.set(text, name)
  return name
}

function kindOf(text: string): number {
  const kind = KINDS.get(text)
  if (kind !== undefined) return kind
  if (text.charCodeAt(0) === 58) return UNKNOWN_PSEUDO
  return isToken(text) && text === text.toLowerCase() ? PLAIN : BAD_NAME
}
