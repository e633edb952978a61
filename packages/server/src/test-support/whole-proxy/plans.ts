/** How a request and its answer are to go. Bodies are known by number and direction alone, so that both ends can check them. */
export interface Plan {
  readonly id: number
  readonly path: (typeof PATHS)[number]
  readonly method: 'GET' | 'POST' | 'HEAD'
  /** Bytes of the request's body. */
  readonly asks: number
  /** Whether its length is announced. */
  readonly asksLength: boolean
  readonly asksTrailers: boolean
  /** Sends `expect: 100-continue`, and does not wait. */
  readonly expects: boolean
  readonly reply: Reply
}

export interface Reply {
  /** How many tries fail first, and how. */
  readonly failures: number
  readonly failure: '503' | 'reset' | 'cut'
  readonly status: 200 | 204 | 304
  readonly bytes: number
  readonly length: boolean
  readonly trailers: boolean
  readonly informational: boolean
  /** Does not wait for the end of the request. */
  readonly early: boolean
  /** The end comes by itself, behind what it is the end of. */
  readonly lateEnd: boolean
  /** Never comes. */
  readonly silent: boolean
}

export const PATHS = ['/plain', '/retry', '/hedge', '/mirror', '/hold', '/buffer', '/direct', '/slow', '/redirect', '/tunnel'] as const // prettier-ignore

/** The protocol that `/tunnel` is to speak. */
export const TUNNEL = 'foo'

/** The bytes of a body from `from` to `to`. */
export function bodyOf(id: number, up: boolean, from: number, to: number): Buffer {
  const out = Buffer.allocUnsafe(Math.max(0, to - from))
  for (let k = from; k < to; k++) out[k - from] = byteAt(id, up, k)
  return out
}

function byteAt(id: number, up: boolean, k: number): number {
  return (id * 37 + (up ? 101 : 0) + k * 7 + (k >>> 7) * 13) & 0xff
}

/** Throws unless `chunk` is what stands at `at` of a body. */
export function checkBody(id: number, up: boolean, at: number, chunk: Uint8Array): void {
  for (let i = 0; i < chunk.length; i++)
    if (chunk[i] !== byteAt(id, up, at + i))
      throw new Error(`${up ? 'request' : 'response'} ${id}: a wrong byte at ${at + i} of its body`)
}

/** What plans there may be. */
export interface PlanChoice {
  /** Nothing goes wrong that is not retried. */
  readonly calm: boolean
  readonly paths: readonly Plan['path'][]
}

const SIZES = [0, 0, 1, 10, 1000, 5000, 20_000, 150_000]
const size = (number: number): number => SIZES[number % SIZES.length]!

/** A plan by two numbers. */
export function planOf(id: number, a: number, b: number, { calm, paths }: PlanChoice): Plan {
  const bits = (...all: number[]): boolean => all.every((n) => ((b >> n) & 1) === 1)
  const path = paths[a % Math.max(1, paths.length)] ?? '/plain'
  const tunnel = path === '/tunnel'
  const method = tunnel ? 'GET' : bits(0) ? 'POST' : bits(1, 2) ? 'HEAD' : 'GET'
  const asksTrailers = method === 'POST' && bits(3, 4)
  return {
    id,
    path,
    method,
    asks: method === 'POST' || tunnel ? size(a >> 4) : 0,
    asksTrailers,
    asksLength: bits(10) && !asksTrailers && !tunnel,
    expects: bits(16, 19) && !tunnel,
    reply: replyOf(a, b, { calm, path, method }),
  }
}

function replyOf(a: number, b: number, of: Pick<Plan, 'path' | 'method'> & { readonly calm: boolean }): Reply {
  const { calm, method, path } = of
  const bits = (...all: number[]): boolean => all.every((n) => ((b >> n) & 1) === 1)
  const tunnel = path === '/tunnel'
  const status = bits(5, 6) ? (bits(7) ? 204 : 304) : 200
  const trailers = bits(8, 9) && status === 200 && method !== 'HEAD' && !tunnel
  const fails = path === '/retry' || path === '/hedge' || (!calm && !tunnel)
  return {
    failures: fails ? (b >> 11) % 3 : 0,
    failure: (['503', 'reset', 'cut'] as const)[(b >> 13) % (calm ? 2 : 3)]!,
    status,
    bytes: size(a >> 8),
    trailers,
    length: bits(15) && !trailers && !tunnel,
    informational: bits(16, 17),
    early: !calm && bits(18, 19),
    lateEnd: bits(12),
    silent: !calm && bits(4, 17, 18),
  }
}
