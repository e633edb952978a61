// A fuzzer that is led by coverage: `node --conditions=@nuncio/source packages/http-codec/src/http1/codec.fuzz.ts [seconds]`.
// An input that runs code which none did before is kept and changed further; all that were kept go into
// fuzz-corpus.json, which a test replays. Ends with an error, and the input, at the first violation.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { SeededRandom } from '@nuncio/core'
import { exerciseRequest, exerciseResponse } from '../testing/exercise.ts'
import { REQUEST_CASES } from '../testing/request-cases.ts'
import { RESPONSE_CASES } from '../testing/response-cases.ts'

const seconds = Number(process.argv[2] ?? 60)
const seed = Number(process.argv[3] ?? 1)
const random = new SeededRandom(seed)
const pick = (n: number): number => random.uint32() % n
const WORDS = ['\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', '0', '1', 'f', ';', ',', '"', '\\', '=', '\0', '\x7f', '\xff', '[', ']', '%', '#', '*', '/', '0\r\n\r\n', '5\r\nhello\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', 'Connection: Upgrade\r\nUpgrade: x\r\n', 'Host: a\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'CONNECT a:1 ', 'HTTP/1.0', 'TE: trailers\r\n'] // prettier-ignore

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
const seen = new Set<string>()

/** Whether code of the codec ran that had never run before. */
async function foundNew(): Promise<boolean> {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const before = seen.size
  for (const script of result) {
    if (!script.url.includes('/http1/') || script.url.endsWith('.fuzz.ts')) continue
    for (const fn of script.functions) {
      for (const { startOffset, endOffset, count } of fn.ranges) {
        // Counts in powers of two: a loop that runs ten times is another place than one that runs once.
        if (count > 0)
          seen.add(`${script.scriptId}:${startOffset}-${endOffset}:${Math.min(4, Math.floor(Math.log2(count)))}`)
      }
    }
  }
  return seen.size > before
}

function mutate(from: string, other: string): string {
  let out = from
  for (let n = 1 + pick(4); n > 0; n--) {
    const at = pick(out.length + 1)
    const kind = pick(5)
    if (kind === 0) out = out.slice(0, at) + out.slice(at + 1 + pick(8))
    else if (kind === 1) out = out.slice(0, at) + String.fromCharCode(pick(256)) + out.slice(at + 1)
    else if (kind === 2) out = out.slice(0, at) + out.slice(Math.max(0, at - pick(40)), at) + out.slice(at)
    else if (kind === 3) out = out.slice(0, at) + other.slice(pick(other.length + 1))
    else out = out.slice(0, at) + WORDS[pick(WORDS.length)]! + out.slice(at)
  }
  return out.slice(0, 4000)
}

const kept = {
  requests: REQUEST_CASES.map((given) => given.bytes).filter((bytes) => bytes.length < 2000),
  responses: RESPONSE_CASES.map((given) => given.bytes).filter((bytes) => bytes.length < 2000),
}
const found: { requests: string[]; responses: string[] } = { requests: [], responses: [] }
for (const bytes of kept.requests) exerciseRequest(bytes, 100_000)
for (const bytes of kept.responses) exerciseResponse(bytes, 100_000, true)
await foundNew()

const until = performance.now() + seconds * 1000
let runs = 0
while (performance.now() < until) {
  const side = pick(2) === 0 ? 'requests' : 'responses'
  const list = kept[side]
  const bytes = mutate(list[pick(list.length)]!, list[pick(list.length)]!)
  const size = pick(3) === 0 ? 1 + pick(20) : 100_000
  const eof = pick(2) === 0
  try {
    if (side === 'requests') exerciseRequest(bytes, size)
    else exerciseResponse(bytes, size, eof)
  } catch (error) {
    throw new Error(`${side}, pieces of ${size}, eof ${eof}: ${JSON.stringify(bytes)}`, { cause: error })
  }
  runs++
  // oxlint-disable-next-line no-await-in-loop -- coverage belongs to the input before it
  if (await foundNew()) {
    list.push(bytes)
    found[side].push(bytes)
  }
}
writeFileSync(new URL('fuzz-corpus.json', import.meta.url), `${JSON.stringify(found, undefined, 1)}\n`)
process.stdout.write(
  `${runs} inputs in ${seconds} s, ${seen.size} places, ${found.requests.length} requests and ${found.responses.length} responses kept\n`,
)
session.disconnect()
