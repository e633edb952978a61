// As http1/codec.fuzz.ts, with what a client may send over HTTP/2.
import { writeFileSync } from 'node:fs'
import { fuzzByCoverage } from '../testing/coverage-led.ts'
import { exerciseHttp2 } from '../testing/http2-exercise.ts'
import { frame, FRAME, get, literals, setting, uint32 } from '../testing/http2-frames.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const HELLO = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${text(frame(FRAME.SETTINGS, 0, 0))}`
const post = literals([[':method', 'POST'], [':scheme', 'http'], [':path', '/ab'], [':authority', 'a.test'], ['content-length', '5']]) // prettier-ignore
const words = [
  frame(FRAME.HEADERS, 5, 1, literals(get())), frame(FRAME.HEADERS, 4, 3, post), frame(FRAME.HEADERS, 0, 5, literals(get('/abc'))),
  frame(FRAME.CONTINUATION, 4, 5), frame(FRAME.DATA, 1, 3, Buffer.from('hello')), frame(FRAME.DATA, 8, 1, Buffer.of(2, 1, 0, 0)),
  frame(FRAME.SETTINGS, 0, 0, setting(4, 10)), frame(FRAME.SETTINGS, 0, 0, setting(1, 0)), frame(FRAME.SETTINGS, 1, 0),
  frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(100_000)), frame(FRAME.WINDOW_UPDATE, 0, 1, uint32(100_000)), frame(FRAME.RST_STREAM, 0, 1, uint32(8)),
  frame(FRAME.PING, 0, 0, Buffer.alloc(8)), frame(FRAME.PRIORITY, 0, 7, Buffer.of(0, 0, 0, 1, 1)), frame(FRAME.GOAWAY, 0, 0, uint32(0, 0)),
  literals([['x-t', '1']]), literals([['cookie', 'a']]), Buffer.of(0x82), Buffer.of(0x3f, 0xe1, 0x1f), Buffer.of(0x40, 1, 97, 1, 98), Buffer.of(0xbe),
].map(text) // prettier-ignore

const seconds = Number(process.argv[2] ?? 60)
const { found, places, runs } = await fuzzByCoverage(
  '/http2/',
  {
    transcripts: {
      seeds: [...words.map((word) => HELLO + word), HELLO + words.slice(0, 6).join('')],
      words,
      run: (bytes, pick) =>
        exerciseHttp2(Buffer.from(bytes, 'latin1'), pick(3) === 0 ? 1 + pick(20) : 100_000, {
          streamErrorOnInvalidHttpMessage: pick(2) === 0,
          allowConnect: pick(2) === 0,
        }),
    },
  },
  { seconds, seed: Number(process.argv[3] ?? 1) },
)
writeFileSync(new URL('fuzz-corpus.json', import.meta.url), `${JSON.stringify(found, undefined, 1)}\n`)
process.stdout.write(`${runs} inputs in ${seconds} s, ${places} places, ${found['transcripts']!.length} kept\n`)
