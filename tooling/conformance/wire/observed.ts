import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** Header lines by name in lower case, names sorted: the set that most comparisons are about. */
export type HeaderSet = Readonly<Record<string, readonly string[]>>

/** A response as the client saw it. */
export interface ObservedResponse {
  readonly status: number
  readonly headers: HeaderSet
  /** Names in the order and case of the wire, where a case compares that. */
  readonly order?: readonly string[]
  readonly body: string
  readonly trailers: HeaderSet
  readonly interim?: readonly { readonly status: number; readonly headers: HeaderSet }[]
  /** Left out when the response came whole. */
  readonly complete?: false
  /** What came after the protocol was switched. */
  readonly tunnel?: string
  /** What became of the connection, or of the stream of HTTP/2. */
  readonly fate: string
}

/** A request as an origin received it. */
export interface ObservedRequest {
  readonly origin: string
  /** `GET /path HTTP/1.1` */
  readonly start: string
  readonly headers: HeaderSet
  readonly order: readonly string[]
  readonly body: string
  /** What the body says, where the origin knows its type. */
  readonly message?: unknown
  readonly trailers: HeaderSet
  readonly complete?: false
  /** Counted from 1 within the origin. */
  readonly connection: number
}

export function headerSet(lines: readonly (readonly [string, string])[]): HeaderSet {
  const set: Record<string, string[]> = {}
  for (const [name, value] of lines) (set[name.toLowerCase()] ??= []).push(value)
  return Object.fromEntries(Object.entries(set).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const SHOWN = 400

/** A body as it stands in a recording: long ones by their length and digest. */
export function shownBody(latin1: string): string {
  if (latin1.length <= SHOWN) return latin1
  const digest = createHash('sha256').update(latin1, 'latin1').digest('hex').slice(0, 16)
  return `${latin1.length} bytes, sha256 ${digest}…`
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes),
  deflate: (bytes) => inflateSync(bytes),
  br: (bytes) => brotliDecompressSync(bytes),
  zstd: (bytes) => zstdDecompressSync(bytes),
}

/** As `shownBody`; of a body in a content coding what it says, since no two libraries write the same bytes. */
export function shownContent(latin1: string, headers: HeaderSet): string {
  const coding = headers['content-encoding']?.[0]
  const decoder = coding === undefined ? undefined : DECODERS[coding]
  if (decoder === undefined || latin1 === '') return shownBody(latin1)
  try {
    return `${coding}: ${shownBody(decoder(Buffer.from(latin1, 'latin1')).toString('latin1'))}`
  } catch {
    return shownBody(latin1)
  }
}
