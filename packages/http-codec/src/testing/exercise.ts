import { MemoryRelay } from './memory-relay.ts'
import { readStrictly } from './strict-reader.ts'

const OPTIONS = { acceptHttp10: true, enableTrailers: true, defaultHostForHttp10: 'd' }
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

/**
 * Sends bytes, in pieces of `size`, as a client does, and answers every request that reaches the origin. Throws when
 * what the origin or the client received can be read in two ways.
 */
export function exerciseRequest(bytes: string, size: number): void {
  const world = new MemoryRelay(OPTIONS)
  for (let at = 0; at < bytes.length; at += size) {
    world.client.push(bytes.slice(at, at + size))
    answerAll(world)
  }
  for (const upstream of world.upstreams) readStrictly(upstream.sent, 'request', true)
  readStrictly(world.client.sent, [], true)
}

/** Sends bytes as the upstream does, in answer to one request; throws when the client receives more than one answer. */
export function exerciseResponse(bytes: string, size: number, eof: boolean): void {
  const world = new MemoryRelay(OPTIONS)
  world.client.push('GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
  const upstream = world.upstreams[0]!
  for (let at = 0; at < bytes.length && !upstream.destroyed; at += size) upstream.push(bytes.slice(at, at + size))
  if (eof && !upstream.destroyed) upstream.pushEnd()
  const answers = readStrictly(world.client.sent, ['GET'], true)
  const final = answers.filter((message) => !message.startLine.startsWith('HTTP/1.1 1')).length
  if (final > 1) throw new Error(`${final} answers to one request`)
}

/** Answers every request that has reached the origin as a whole. */
function answerAll(world: MemoryRelay): void {
  for (let answered = -1; answered !== world.answers;) {
    answered = world.answers
    let whole = 0
    for (const upstream of world.upstreams) whole += readStrictly(upstream.sent, 'request', true).length
    const last = world.upstreams.at(-1)
    if (last === undefined || last.destroyed || whole <= answered) return
    world.answers = whole
    last.push(ANSWER)
  }
}
