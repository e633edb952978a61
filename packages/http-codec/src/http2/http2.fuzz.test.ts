import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exerciseHttp2Client } from '../testing/http2-client-exercise.ts'
import { exerciseHttp2 } from '../testing/http2-exercise.ts'
import { END_HEADERS, END_STREAM, FRAME, frame, get, literals, setting, uint32 } from '../testing/http2-frames.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const runs = Number(process.env['NUNCIO_RUNS'] ?? 1500)

const stream = fc.constantFrom(0, 1, 1, 1, 2, 3, 3, 5, 7, 9, 2 ** 31 - 1)
const name = fc.constantFrom(':method', ':path', ':authority', ':scheme', ':status', ':protocol', 'content-length', 'te', 'host', 'cookie', 'x-a', 'X-B', 'connection') // prettier-ignore
const value = fc.oneof(
  fc.constantFrom('GET', '/', 'a.test', '3', '10', 'trailers', 'CONNECT', ''),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const block = fc.oneof(
  fc.constant(literals(get())),
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((more) => literals(get('/abc', more.map(([key, text]) => [key, latin(text)])))), // prettier-ignore
  fc.uint8Array({ maxLength: 40 }),
)
const number = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(16_384, 65_535, 100_000, 2 ** 31 - 1, 2 ** 32 - 1)) // prettier-ignore

/** A frame that is right more often than not. */
const anyFrame = fc.oneof(
  fc.tuple(stream, block, fc.constantFrom(0, END_STREAM, END_HEADERS, END_HEADERS | END_STREAM, 0x24, 0xc)).map(([id, bytes, flags]) => frame(FRAME.HEADERS, flags, id, bytes)),
  fc.tuple(stream, block).map(([id, bytes]) => frame(FRAME.HEADERS, END_HEADERS, id, bytes)),
  fc.tuple(stream, fc.uint8Array({ maxLength: 30 }), fc.constantFrom(0, END_STREAM, 8, 9)).map(([id, bytes, flags]) => frame(FRAME.DATA, flags, id, bytes)),
  fc.tuple(stream, fc.constantFrom(0, END_STREAM)).map(([id, flags]) => frame(FRAME.DATA, flags, id)),
  fc.tuple(stream, number).map(([id, by]) => frame(FRAME.WINDOW_UPDATE, 0, id, uint32(by))),
  fc.tuple(fc.integer({ min: 0, max: 9 }), number).map(([id, to]) => frame(FRAME.SETTINGS, 0, 0, setting(id, to))),
  fc.tuple(stream, number).map(([id, code]) => frame(FRAME.RST_STREAM, 0, id, uint32(code))),
  fc.constant(frame(FRAME.SETTINGS, 1, 0)),
  fc.tuple(fc.integer({ min: 0, max: 12 }), fc.nat(255), stream, fc.uint8Array({ maxLength: 20 })).map(([type, flags, id, bytes]) => frame(type, flags, id, bytes)),
) // prettier-ignore

/** Requests whose bodies are still to come. */
const opened = fc.subarray([1, 3, 5, 7]).map((ids) => Buffer.concat(ids.map((id) => frame(FRAME.HEADERS, END_HEADERS, id, literals(get()))))) // prettier-ignore

function latin(text: string): string {
  return text.replace(/[^\0-\xff]/g, '\xff')
}

const corpus = JSON.parse(readFileSync(new URL('fuzz-corpus.json', import.meta.url), 'utf8')) as {
  transcripts: string[]
}

describe('frames at random', () => {
  test('make no request that could be read in two ways, and leave nothing behind', () => {
    const size = fc.constantFrom(1, 7, 64, 100_000)
    fc.assert(
      fc.property(opened, fc.array(anyFrame, { maxLength: 12 }), size, fc.boolean(), (heads, frames, piece, alone) => {
        const bytes = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), heads, ...frames])
        exerciseHttp2(bytes, piece, { streamErrorOnInvalidHttpMessage: alone, allowConnect: alone })
      }),
      { numRuns: runs },
    )
  })

  test('with a few bytes turned over do no harm either', () => {
    const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 6 }), flips, (frames, flipped) => {
        const bytes = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), ...frames])
        for (const [at, by] of flipped) bytes[Math.floor(at * (bytes.length - 1))]! ^= by
        expect(() => exerciseHttp2(bytes, 100_000, { streamErrorOnInvalidHttpMessage: true })).not.toThrow()
      }),
      { numRuns: runs },
    )
  })

  test('that reached some new place once do no harm', () => {
    for (const bytes of corpus.transcripts)
      for (const size of [1, 7, 100_000])
        for (const allowConnect of [true, false])
          expect(() => exerciseHttp2(Buffer.from(bytes, 'latin1'), size, { allowConnect })).not.toThrow()
  })
})

describe('what a host says at random', () => {
  const answer = fc.constantFrom('200', '204', '100', '103', '500').map((status) => literals([[':status', status]]))
  const hostFrame = fc.oneof(
    fc.tuple(stream, answer, fc.constantFrom(END_HEADERS, END_HEADERS | END_STREAM)).map(([id, bytes, flags]) => frame(FRAME.HEADERS, flags, id, bytes)),
    fc.tuple(stream, number).map(([id, code]) => frame(FRAME.GOAWAY, 0, 0, uint32(id, code))),
    anyFrame,
    anyFrame,
  ) // prettier-ignore

  test('tells each request of one end, and the pool of each request', () => {
    const size = fc.constantFrom(1, 7, 64, 100_000)
    fc.assert(
      fc.property(fc.array(hostFrame, { maxLength: 12 }), size, fc.boolean(), (frames, piece, alone) => {
        const bytes = Buffer.concat([frame(FRAME.SETTINGS, 0, 0), ...frames])
        exerciseHttp2Client(bytes, piece, { streamErrorOnInvalidHttpMessage: alone })
      }),
      { numRuns: runs },
    )
  })
})
