import { framesIn, looksLikeFrames } from './http2-frames.ts'
import { MessageReader } from './message-reader.ts'
import { headerSet, type HeaderSet, shownBody, shownContent } from './observed.ts'

/** A response among bytes. */
interface ReceivedResponse {
  /** `HTTP/1.1 200 OK` */
  readonly start: string
  readonly headers: HeaderSet
  readonly body: string
  readonly trailers: HeaderSet
  readonly complete?: false
}

/** What came over a connection: bytes, responses in sequence with the bytes after the last, or frames of HTTP/2. */
export interface Received {
  readonly received?: string
  readonly responses?: readonly ReceivedResponse[]
  readonly frames?: readonly string[]
}

/** Reads bytes (Latin-1 text) as what they look like: then headers compare as a set, and not as one encoder writes them. */
export function receivedOf(latin1: string, closed: boolean): Received {
  if (looksLikeFrames(latin1)) return { frames: framesIn(latin1) }
  if (!latin1.startsWith('HTTP/1.')) return { received: shownBody(latin1) }
  const reader = new MessageReader()
  reader.push(Buffer.from(latin1, 'latin1'))
  const responses: ReceivedResponse[] = []
  for (let each = reader.next('response', closed); each !== undefined; each = reader.next('response', closed)) {
    const headers = headerSet(each.headers)
    responses.push({
      start: each.start,
      headers,
      body: shownContent(each.body, headers),
      trailers: headerSet(each.trailers),
      ...(!each.complete && { complete: false as const }),
    })
  }
  return { responses, ...(reader.rest !== '' && { received: shownBody(reader.rest) }) }
}
