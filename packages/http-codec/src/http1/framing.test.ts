import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryRelay } from '../testing/memory-relay.ts'
import { readStrictly } from '../testing/strict-reader.ts'

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'PURGE',
  'QUERY',
  'X-ODD',
]
const body = fc.oneof(
  fc.constant(''),
  fc.string({ unit: 'binary-ascii', maxLength: 200 }),
  fc.integer({ min: 14_000, max: 40_000 }).map((n) => 'b'.repeat(n)),
)
const field = fc.tuple(
  fc.stringMatching(/^[xX]-[a-zA-Z0-9-]{1,8}$/),
  fc.stringMatching(/^[!-~\xa1-\xff]([ -~\xa1-\xff]{0,20}[!-~\xa1-\xff])?$/),
)
const framing = fc.constantFrom('length', 'chunked', 'none')

/** A message's framing and body as bytes, cut into chunks of a few sizes. */
function framed(kind: string, content: string, chunk: number): { lines: string; payload: string } {
  if (kind === 'none') return { lines: '', payload: '' }
  if (kind === 'length') return { lines: `Content-Length: ${content.length}\r\n`, payload: content }
  let payload = ''
  for (let at = 0; at < content.length; at += chunk) {
    const piece = content.slice(at, at + chunk)
    payload += `${piece.length.toString(16)}${chunk > 100 ? ';ext=1' : ''}\r\n${piece}\r\n`
  }
  return { lines: 'Transfer-Encoding: chunked\r\n', payload: `${payload}0\r\nX-Trailer: 1\r\n\r\n` }
}

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  kind: framing,
  content: body,
  chunk: fc.integer({ min: 1, max: 20_000 }),
  fields: fc.array(field, { maxLength: 5 }),
})
const response = fc.record({
  status: fc.constantFrom(200, 201, 204, 206, 304, 404, 500),
  kind: fc.constantFrom('length', 'chunked'),
  content: body,
  chunk: fc.integer({ min: 1, max: 20_000 }),
})

/** Pushes text in pieces of at most `size` bytes. */
function push(socket: { push(data: string): void }, text: string, size: number): void {
  for (let at = 0; at < text.length; at += size) socket.push(text.slice(at, at + size))
}

describe('framing', () => {
  it('is exactly one field on both sides, and a strict reader agrees, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(request, response), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 50, max: 30_000 }),
        (pairs, size) => {
          const world = new MemoryRelay()
          const wanted: string[] = []
          let answered = 0
          for (const [asked, answer] of pairs) {
            const { lines, payload } = framed(asked.kind, asked.content, asked.chunk)
            const given = asked.fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
            push(world.client, `${asked.method} /p HTTP/1.1\r\nHost: a\r\n${given}${lines}\r\n${payload}`, size)
            wanted.push(asked.kind === 'none' ? '' : asked.content)
            const upstream = world.upstreams.at(-1)!
            const bodiless = asked.method === 'HEAD' || answer.status === 204 || answer.status === 304
            const out = framed(bodiless && answer.status === 204 ? 'none' : answer.kind, answer.content, answer.chunk)
            push(upstream, `HTTP/1.1 ${answer.status} Reason\r\n${out.lines}\r\n${bodiless ? '' : out.payload}`, size)
            answered++
          }
          const received = readStrictly(world.received, 'request')
          expect(received.map((message) => message.body)).toEqual(wanted)
          received.forEach((message, i) => {
            const [asked] = pairs[i]!
            expect(message.startLine).toBe(`${asked.method} /p HTTP/1.1`)
            const passed = message.lines.filter(([name]) => name.startsWith('x-'))
            expect(passed).toEqual(asked.fields.map(([name, value]) => [name.toLowerCase(), value]))
            const fields = message.lines.filter(
              ([name]) => name === 'content-length' || name === 'transfer-encoding',
            ).length
            expect(fields).toBe(
              asked.kind === 'none' ? (['GET', 'HEAD', 'DELETE', 'TRACE'].includes(asked.method) ? 0 : 1) : 1,
            )
          })
          const sent = readStrictly(
            world.client.sent,
            pairs.map(([asked]) => asked.method),
          )
          expect(sent).toHaveLength(answered)
          sent.forEach((message, i) => {
            const [asked, answer] = pairs[i]!
            const bodiless = asked.method === 'HEAD' || answer.status === 204 || answer.status === 304
            expect(message.body).toBe(bodiless ? '' : answer.content)
          })
          expect(world.upstreams).toHaveLength(1)
        },
      ),
      { numRuns: 1500 },
    )
  })
})
