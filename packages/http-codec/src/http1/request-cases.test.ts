import { describe, expect, it } from 'vitest'
import { RecordingServer } from '../testing/recording-server.ts'
import { REQUEST_CASES, type RequestCase } from '../testing/request-cases.ts'

function run(given: RequestCase, pieces: readonly string[]): unknown {
  const server = new RecordingServer({ enableTrailers: true, ...given.options })
  for (const piece of pieces) server.socket.push(piece)
  const forwarded = server.requests.filter((request) => request.done)
  return {
    forwarded: forwarded.map(({ method, path, host, body }) => ({ method, path, host, body })),
    statuses: server.statuses,
    closed: server.socket.ended || server.socket.destroyed,
  }
}

function expected(given: RequestCase): unknown {
  const statuses = given.forwarded.map(() => 200)
  if (given.refused !== undefined) statuses.push(given.refused)
  return { forwarded: given.forwarded, statuses, closed: given.closes }
}

/** Positions to split at: all of them, or some where there are very many. */
function positions(length: number): number[] {
  const step = length > 3000 ? Math.ceil(length / 150) : 1
  return Array.from({ length: Math.floor((length - 1) / step) }, (_, i) => 1 + i * step)
}

describe('requests as bytes', () => {
  it('are a hundred and twenty at least, each with a name of its own', () => {
    expect(REQUEST_CASES.length).toBeGreaterThanOrEqual(120)
    expect(new Set(REQUEST_CASES.map((given) => given.name)).size).toBe(REQUEST_CASES.length)
  })

  it.each(REQUEST_CASES)('$rule: $name', (given) => {
    const want = expected(given)
    expect(run(given, [given.bytes])).toEqual(want)
    for (const at of positions(given.bytes.length)) {
      expect(run(given, [given.bytes.slice(0, at), given.bytes.slice(at)]), `split at ${at}`).toEqual(want)
    }
    if (given.bytes.length < 5000) expect(run(given, given.bytes.split(''))).toEqual(want)
  })
})
