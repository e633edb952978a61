import { headerId, KNOWN_HEADERS } from '@nuncio/core'
import { isToken } from '../../http1/tokens.ts'
import { STATIC_TABLE } from './static-table.ts'

/** Goes into the table: it is likely to come again. */
export const INDEXED = 0
/** Has another value each time: only its name is worth a place in the table. */
export const VARYING = 1
/** Is a secret: no table on the way may hold it (RFC 7541 7.1.3). */
export const SECRET = 2

const SECRETS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
const VARYINGS: ReadonlySet<string> = new Set([
  ':path', 'content-length', 'content-range', 'age', 'etag', 'if-modified-since', 'if-none-match', 'last-modified', 'location', 'expires',
  'x-request-id', 'x-client-trace-id', 'traceparent', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-envoy-upstream-service-time',
  'x-envoy-expected-rq-timeout-ms', 'x-envoy-attempt-count', 'grpc-message', 'grpc-timeout', 'x-envoy-original-path', 'referer',
]) // prettier-ignore

/** A name as it is sent. */
export interface OutgoingName {
  /** In lower case. */
  readonly text: string
  /** The number of the known header, 0 for others. */
  readonly id: number
  /** The first entry of the static table with this name, 0 when there is none. */
  readonly staticIndex: number
  /** The entries of the static table that have a value with this name. */
  readonly staticValues: ReadonlyMap<string, number> | undefined
  readonly policy: typeof INDEXED | typeof VARYING | typeof SECRET
}

const byId: readonly OutgoingName[] = ['', ...KNOWN_HEADERS].map((name) => make(name))
const MAX_REMEMBERED = 512
const byText = new Map<string, OutgoingName | undefined>()

function make(text: string): OutgoingName {
  return {
    text,
    id: headerId(text),
    staticIndex: STATIC_TABLE.findIndex((field) => field.name.text === text) + 1,
    staticValues: staticValues(text),
    policy: SECRETS.has(text) ? SECRET : VARYINGS.has(text) ? VARYING : INDEXED,
  }
}

function staticValues(name: string): ReadonlyMap<string, number> | undefined {
  const values = new Map<string, number>()
  STATIC_TABLE.forEach((field, i) => field.name.text === name && field.value !== '' && values.set(field.value, i + 1))
  return values.size === 0 ? undefined : values
}

/** The name of a known header. */
export function outgoingId(id: number): OutgoingName {
  return byId[id]!
}

/** A name in any case; undefined when it is none that may be sent. */
export function outgoingName(text: string): OutgoingName | undefined {
  if (byText.has(text)) return byText.get(text)
  const lower = text.toLowerCase()
  const known = headerId(lower)
  const name =
    known > 0 ? byId[known] : isToken(lower.charCodeAt(0) === 58 ? lower.slice(1) : lower) ? make(lower) : undefined
  if (byText.size < MAX_REMEMBERED && text.length < 64) byText.set(text, name)
  return name
}
