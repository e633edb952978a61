import { responseHeaders } from '@nuncio/core'
import type { Http2Options } from '../http2/options.ts'
import { FRAME } from './http2-frames.ts'
import { MemoryHttp2Server } from './http2-server.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
// oxlint-disable-next-line no-control-regex -- control bytes are what it looks for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/
const SIZES = { initialStreamWindow: 65_535, initialConnectionWindow: 100_000, maxConcurrentStreams: 8 }

/**
 * Feeds bytes, in pieces of `size`, to a server connection that answers each request and reads some of them late, and throws
 * when what came of them breaks a promise: requests that could be read in two ways, frames beyond what the windows allow, anything behind GOAWAY,
 * gauges that do not go back to nothing.
 */
export function exerciseHttp2(bytes: Uint8Array, size: number, options: Partial<Http2Options> = {}): void {
  const server = new MemoryHttp2Server({ ...SIZES, ...options })
  server.onHead = ({ headers, stream }) => {
    check(!CONTROL.test(headers.path) && /^(\/|\*$|$)/.test(headers.path), `a path ${JSON.stringify(headers.path)}`)
    check(/^[^\s/@]+$/.test(headers.authority), `an authority ${JSON.stringify(headers.authority)}`)
    headers.forEach((name, value) => check(TOKEN.test(name) && !CONTROL.test(value), `a field ${name}: ${value}`))
    if (stream.id % 4 === 1) stream.readDisable(true)
    stream.encodeHeaders(responseHeaders(200, [['x-path', headers.path]]), false)
    if (stream.id % 8 >= 5) stream.encodeData(Buffer.alloc(30_000), true)
  }
  for (let at = 0; at < bytes.length; at += size) server.send(bytes.subarray(at, at + size))
  readAll(server)
  const { frames } = server
  const sent = frames.reduce((sum, { payload, type }) => (type === FRAME.DATA ? sum + payload.length : sum), 0)
  // What a client may allow is bounded by what it sends: increments are 31 bits in 13 bytes.
  check(sent <= 65_535 + (bytes.length / 13 + 1) * 2 ** 31, 'more data than was allowed')
  const goaway = frames.findIndex(({ payload, type }) => type === FRAME.GOAWAY && payload.readUInt32BE(4) !== 0)
  check(goaway < 0 || goaway === frames.length - 1, 'frames behind GOAWAY')
  for (const { body, headers, lines } of server.requests) {
    const length = headers.get('content-length')
    const whole = lines.some((line) => line.endsWith(' end') || line === 'trailers')
    check(!whole || length === undefined || Number(length) === body.length, `${body.length} bytes of ${length}`)
    check(lines.filter((line) => line.endsWith(' end') || line === 'trailers').length <= 1, lines.join())
    const reset = lines.findIndex((line) => line.startsWith('reset'))
    check(reset < 0 || reset === lines.length - 1, lines.join())
  }
  server.socket.pushEnd()
  check(server.stat('streams_active') === 0 && server.stat('pending_send_bytes') === 0, 'something was left')
}

/** Whoever did not read reads now, all there is. */
function readAll({ connection, requests }: MemoryHttp2Server): void {
  connection.batch.enter()
  for (const { stream } of requests) stream.readDisable(false)
  connection.batch.leave()
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as promised: ${what}`)
}
