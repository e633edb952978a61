import { once } from 'node:events'
import { connect } from 'node:net'

export interface Response {
  readonly status: number
  readonly head: string
  readonly body: string
  /** Whether the body came to its end as its framing says. */
  readonly complete: boolean
}

/** Takes the responses out of what a connection brought. */
function parseResponses(bytes: string, methods: readonly string[], closed: boolean): Response[] {
  const responses: Response[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const head = bytes.slice(at, end)
    const status = Number(head.slice(9, 12))
    const finals = responses.filter((response) => response.status >= 200).length
    const bodiless = methods[finals] === 'HEAD' || status < 200 || status === 204 || status === 304
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    const start = end + 4
    let body = ''
    let complete = true
    if (bodiless) at = start
    else if (/\r\ntransfer-encoding: *chunked/i.test(head)) ({ body, complete, at } = dechunk(bytes, start))
    else if (length !== undefined) {
      body = bytes.slice(start, start + Number(length))
      complete = body.length === Number(length)
      at = start + body.length
    } else {
      body = bytes.slice(start)
      complete = closed
      at = bytes.length
    }
    responses.push({ status, head, body, complete })
  }
  return responses
}

function dechunk(bytes: string, from: number): { body: string; complete: boolean; at: number } {
  let body = ''
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return { body, complete: false, at: bytes.length }
    const size = Number.parseInt(bytes.slice(at, line), 16)
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', line)
      return end < 0 ? { body, complete: false, at: bytes.length } : { body, complete: true, at: end + 4 }
    }
    body += bytes.slice(line + 2, line + 2 + size)
    if (bytes.length < line + 4 + size) return { body, complete: false, at: bytes.length }
    at = line + 4 + size
  }
}

export interface Exchanged {
  readonly responses: readonly Response[]
  /** Whether the other side closed before we did. */
  readonly closed: boolean
}

/** Sends bytes in the given pieces and reads until so many final responses came, or the other side closes. */
export async function exchange(
  port: number,
  pieces: readonly string[],
  expected: number,
  methods: readonly string[],
): Promise<Exchanged> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  socket.on('error', () => {})
  let bytes = ''
  let closed = false
  const finals = (): number =>
    parseResponses(bytes, methods, closed).filter((response) => response.status >= 200 && response.complete).length
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1')
      if (finals() >= expected) resolve()
    })
    socket.on('end', () => {
      closed = true
      resolve()
    })
    socket.on('close', () => {
      closed = true
      resolve()
    })
  })
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    // A turn of the loop between the pieces makes them reads of their own, as a rule.
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  const wasClosed = closed
  socket.end()
  if (!socket.closed) await once(socket, 'close')
  return { responses: parseResponses(bytes, methods, true), closed: wasClosed || closed }
}
