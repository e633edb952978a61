/** An HTTP/1 message as it stood on the wire; bytes are Latin-1 text. */
export interface Message {
  readonly start: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  /** Whether the body came to its end as its framing says. */
  readonly complete: boolean
}

interface Head {
  readonly start: string
  readonly headers: readonly (readonly [string, string])[]
  readonly end: number
}

/** What follows a head, by the one who knows the request. */
export type Framing = 'request' | 'response' | 'no body'

/** Takes HTTP/1 messages out of bytes as they arrive. Lenient: proxies are to be observed, not corrected. */
export class MessageReader {
  #bytes = ''

  push(chunk: Buffer): void {
    this.#bytes += chunk.toString('latin1')
  }

  /** What no message has taken yet. */
  get rest(): string {
    return this.#bytes
  }

  /** Takes all that is there as bytes, for what follows an upgrade. */
  takeRest(): string {
    const rest = this.#bytes
    this.#bytes = ''
    return rest
  }

  /** The head of the message that is arriving, if it is whole. */
  head(): Head | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [start = '', ...lines] = this.#bytes.slice(0, end).split('\r\n')
    return { start, headers: lines.map((line) => headerLine(line)), end: end + 4 }
  }

  /** The next message if it is whole, or whatever there is of it when the connection is `closed`. */
  next(framing: Framing, closed: boolean): Message | undefined {
    const head = this.head()
    if (head === undefined) return undefined
    const found = this.#body(head, framing, closed)
    if (!found.complete && !closed) return undefined
    this.#bytes = this.#bytes.slice(found.end)
    const { body, trailers, complete } = found
    return { start: head.start, headers: head.headers, body, trailers, complete }
  }

  #body(head: Head, framing: Framing, closed: boolean): Chunks {
    const nothing = { body: '', trailers: [], complete: true, end: head.end }
    if (framing === 'no body' || (framing === 'response' && bodiless(head.start))) return nothing
    if (/\bchunked\b/i.test(valueOf(head, 'transfer-encoding') ?? '')) return readChunks(this.#bytes, head.end)
    const length = valueOf(head, 'content-length')
    if (length === undefined && framing === 'request') return nothing
    const size = length === undefined ? Infinity : Number(length)
    const body = this.#bytes.slice(head.end, size === Infinity ? undefined : head.end + size)
    const complete = size === Infinity ? closed : body.length === size
    return { body, trailers: [], complete, end: head.end + body.length }
  }
}

interface Chunks {
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly complete: boolean
  readonly end: number
}

function readChunks(bytes: string, from: number): Chunks {
  let body = ''
  const cut = { trailers: [], complete: false, end: bytes.length }
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return { body, ...cut }
    const size = Number.parseInt(bytes.slice(at, line), 16)
    if (Number.isNaN(size)) return { body, ...cut }
    if (size === 0) return lastChunk(bytes, body, line)
    body += bytes.slice(line + 2, line + 2 + size)
    if (bytes.length < line + 4 + size) return { body, ...cut }
    at = line + 4 + size
  }
}

function lastChunk(bytes: string, body: string, line: number): Chunks {
  const end = bytes.indexOf('\r\n\r\n', line)
  if (end < 0) return { body, trailers: [], complete: false, end: bytes.length }
  const lines = bytes.slice(line + 2, Math.max(end, line + 2)).split('\r\n')
  const trailers = lines.filter((text) => text !== '').map((text) => headerLine(text))
  return { body, trailers, complete: true, end: end + 4 }
}

function headerLine(line: string): readonly [string, string] {
  const colon = line.indexOf(':', 1)
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function valueOf(head: Head, name: string): string | undefined {
  return head.headers.find(([each]) => each.toLowerCase() === name)?.[1]
}

function bodiless(start: string): boolean {
  const status = statusOf(start)
  return status < 200 || status === 204 || status === 304
}

/** The status of a status line; NaN when there is none. */
export function statusOf(start: string): number {
  return Number(/^HTTP\/\d\.\d (\d{3})/.exec(start)?.[1])
}
