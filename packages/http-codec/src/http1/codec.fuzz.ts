// A fuzzer that is led by coverage: `node --conditions=@nuncio/source packages/http-codec/src/http1/codec.fuzz.ts [seconds]`.
// What it found goes into fuzz-corpus.json, which a test replays.
import { writeFileSync } from 'node:fs'
import { fuzzByCoverage } from '../testing/coverage-led.ts'
import { exerciseRequest, exerciseResponse } from '../testing/exercise.ts'
import { REQUEST_CASES } from '../testing/request-cases.ts'
import { RESPONSE_CASES } from '../testing/response-cases.ts'

const words = ['\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', '0', '1', 'f', ';', ',', '"', '\\', '=', '\0', '\x7f', '\xff', '[', ']', '%', '#', '*', '/', '0\r\n\r\n', '5\r\nhello\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', 'Connection: Upgrade\r\nUpgrade: x\r\n', 'Host: a\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'CONNECT a:1 ', 'HTTP/1.0', 'TE: trailers\r\n'] // prettier-ignore
const sizeOf = (pick: (n: number) => number): number => (pick(3) === 0 ? 1 + pick(20) : 100_000)
const short = (cases: readonly { readonly bytes: string }[]): string[] =>
  cases.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 2000)

const seconds = Number(process.argv[2] ?? 60)
const { found, places, runs } = await fuzzByCoverage(
  '/http1/',
  {
    requests: { seeds: short(REQUEST_CASES), words, run: (bytes, pick) => exerciseRequest(bytes, sizeOf(pick)) },
    responses: {
      seeds: short(RESPONSE_CASES),
      words,
      run: (bytes, pick) => exerciseResponse(bytes, sizeOf(pick), pick(2) === 0),
    },
  },
  { seconds, seed: Number(process.argv[3] ?? 1) },
)
writeFileSync(new URL('fuzz-corpus.json', import.meta.url), `${JSON.stringify(found, undefined, 1)}\n`)
process.stdout.write(
  `${runs} inputs in ${seconds} s, ${places} places, ${found['requests']!.length} requests and ${found['responses']!.length} responses kept\n`,
)
