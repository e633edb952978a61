import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryRelay } from '../testing/memory-relay.ts'
import { REQUEST_CASES } from '../testing/request-cases.ts'
import { RESPONSE_CASES } from '../testing/response-cases.ts'
import { readStrictly } from '../testing/strict-reader.ts'

/** Something done to bytes: at a place, some are taken out and others put in. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 4 }),
  insert: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }).map((text) => text.replace(/[^\0-\xff]/g, '\xff')), // oxlint-disable-line no-control-regex
    fc.constantFrom('\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', '0', ';', ',', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'), // prettier-ignore
  ),
})
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutate(text: string, mutations: readonly Mutation[]): string {
  let out = text
  for (const { at, remove, insert } of mutations) {
    const place = Math.floor(at * out.length)
    out = out.slice(0, place) + insert + out.slice(place + remove)
  }
  return out
}

const small = (bytes: string): boolean => bytes.length < 2000
const asking = fc.constantFrom(...REQUEST_CASES.map((given) => given.bytes).filter(small))
const answering = fc.constantFrom(...RESPONSE_CASES.map((given) => given.bytes).filter(small))
const runs = Number(process.env['NUNCIO_RUNS'] ?? 2000)
const options = { acceptHttp10: true, enableTrailers: true, defaultHostForHttp10: 'd' }

describe('broken bytes', () => {
  it('from a client never make a request that can be read in two ways', () => {
    fc.assert(
      fc.property(fc.array(asking, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 4 }), fc.integer({ min: 1, max: 300 }), (parts, mutations, size) => {
        const world = new MemoryRelay(options)
        const bytes = mutate(parts.join(''), mutations)
        for (let at = 0; at < bytes.length; at += size) {
          world.client.push(bytes.slice(at, at + size))
          answerAll(world)
        }
        for (const upstream of world.upstreams) readStrictly(upstream.sent, 'request', true)
        readStrictly(world.client.sent, [], true)
      }),
      { numRuns: runs },
    )
  })

  it('from an upstream never make a response that can be read in two ways, nor an answer to the next request', () => {
    fc.assert(
      fc.property(answering, fc.array(mutation, { maxLength: 4 }), fc.integer({ min: 1, max: 300 }), fc.boolean(), (part, mutations, size, eof) => {
        const world = new MemoryRelay(options)
        const bytes = mutate(part, mutations)
        world.client.push('GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
        const upstream = world.upstreams[0]!
        for (let at = 0; at < bytes.length; at += size) if (!upstream.destroyed) upstream.push(bytes.slice(at, at + size))
        if (eof && !upstream.destroyed) upstream.pushEnd()
        const { sent } = world.client
        readStrictly(sent, ['GET'], true)
        expect(readStrictly(sent, ['GET'], true).filter((message) => !message.startLine.includes(' 1')).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: runs },
    )
  })
})

/** Answers every request that has reached the origin as a whole. */
function answerAll(world: MemoryRelay): void {
  let before = -1
  while (world.answers !== before) {
    before = world.answers
    const whole = world.upstreams.map((upstream) => readStrictly(upstream.sent, 'request', true).length)
    const total = whole.reduce((sum, count) => sum + count, 0)
    const upstream = world.upstreams.at(-1)
    if (upstream === undefined || upstream.destroyed || total <= world.answers) return
    world.answers = total
    upstream.push('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  }
}
