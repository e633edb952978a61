import { networkInterfaces } from 'node:os'
import { isTree, mapTexts } from '../model/trees.ts'

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g
const HTTP_DATE = /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g
const OTHER_PORT = /127\.0\.0\.1:(?:\d{5}|\d{4}(?!\d))/g
/** An address in base64, as the header of a session holds it. */
const ENCODED_ADDRESS = /\bMTI3LjAuMC4xO[\w+/]+=*/g
/** A message in base64 that begins with a text: what the cookie of a session holds, an address and when it ends. */
const ENCODED_SESSION = /\bCg[\w+/]{20,}=*/g
const TIMINGS = new Set(['x-envoy-upstream-service-time'])
/** Headers that tell of a trace: ids that are the proxy's own choice, flags that are not. */
const TRACE = /^(?:traceparent|b3|x-b3-.*)$/
const TRACE_ID = /\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b/g

/** What stands for a port in recordings: the name of its owner. */
export type PortNames = ReadonlyMap<number, string>

/** Envoy says the address of the machine where the peer is a loopback address. */
const OWN_ADDRESSES = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal }) => !internal)
  .map(({ address }) => address)

/** Takes out whatever no two runs have in common: ports, the machine's address, dates, request ids, timings. The digit of a UUID's version stays. */
export function normalise(value: unknown, ports: PortNames, kept: ReadonlyMap<string, string> = new Map()): unknown {
  // Behind an address a port may stand against other text; elsewhere such digits may be part of an id.
  const named = [...ports].map(
    // Five digits are the most that a port has.
    ([port, name]) =>
      [
        new RegExp(`\\b${port}\\b|(?<=127\\.0\\.0\\.1:)${port}${port < 10_000 ? '(?!\\d)' : ''}`, 'g'),
        `<${name}>`,
      ] as const,
  )
  const text = (given: string): string => {
    let result = given
      .replaceAll(ENCODED_ADDRESS, (token) => `<base64 of ${atob(token)}>`)
      .replaceAll(ENCODED_SESSION, (token) => sessionText(token))
    for (const [name, found] of kept) if (found !== '') result = result.replaceAll(found, `<kept ${name}>`)
    for (const address of OWN_ADDRESSES) result = result.replaceAll(address, '<this machine>')
    for (const [pattern, name] of named) result = result.replaceAll(pattern, name)
    return result
      .replaceAll(UUID, '<uuid version $1>')
      .replaceAll(ISO_TIME, '<time>')
      .replaceAll(HTTP_DATE, '<date>')
      .replaceAll(OTHER_PORT, '127.0.0.1:<port>')
  }
  return withoutTimings(mapTexts(value, text))
}

function sessionText(token: string): string {
  const host = /127\.0\.0\.1:(?:\d{5}|\d{4}(?!\d))/.exec(atob(token))
  return host === null ? token : `<session of ${host[0]}>`
}

function withoutTimings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutTimings(each))
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (TIMINGS.has(key)) return [key, mapTexts(each, withoutMs)]
      if (TRACE.test(key)) return [key, mapTexts(each, withoutTraceIds)]
      return [key, withoutTimings(each)]
    }),
  )
}

const withoutMs = (text: string): string => text.replace(/^\d+$/, '<ms>')

/** How long an id is stays. */
function withoutTraceIds(text: string): string {
  return text.replace(TRACE_ID, (id) => (id.length === 32 ? '<long id>' : '<id>'))
}
