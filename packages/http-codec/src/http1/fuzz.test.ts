import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exerciseRequest, exerciseResponse } from '../testing/exercise.ts'
import { REQUEST_CASES } from '../testing/request-cases.ts'
import { RESPONSE_CASES } from '../testing/response-cases.ts'

/** Something done to bytes: at a place, some are taken out and others put in. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 4 }),
  insert: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }).map((text) => text.replace(/[^\0-\xff]/g, '\xff')),
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

const corpus = JSON.parse(readFileSync(new URL('fuzz-corpus.json', import.meta.url), 'utf8')) as {
  requests: string[]
  responses: string[]
}
const pieces = fc.integer({ min: 1, max: 300 })

describe('broken bytes', () => {
  it('from a client never make a request that can be read in two ways', () => {
    fc.assert(
      fc.property(
        fc.array(asking, { minLength: 1, maxLength: 3 }),
        fc.array(mutation, { maxLength: 4 }),
        pieces,
        (parts, mutations, size) => {
          exerciseRequest(mutate(parts.join(''), mutations), size)
        },
      ),
      { numRuns: runs },
    )
  })

  it('from an upstream never make a response that can be read in two ways, nor an answer to the next request', () => {
    fc.assert(
      fc.property(
        answering,
        fc.array(mutation, { maxLength: 4 }),
        pieces,
        fc.boolean(),
        (part, mutations, size, eof) => {
          exerciseResponse(mutate(part, mutations), size, eof)
        },
      ),
      { numRuns: runs },
    )
  })

  it('that reached some new place once do no harm', () => {
    for (const bytes of corpus.requests)
      for (const size of [1, 7, 100_000]) expect(() => exerciseRequest(bytes, size)).not.toThrow()
    for (const bytes of corpus.responses)
      for (const size of [1, 7, 100_000])
        for (const eof of [true, false]) expect(() => exerciseResponse(bytes, size, eof)).not.toThrow()
  })
})
