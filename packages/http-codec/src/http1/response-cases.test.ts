import { requestHeaders } from '@nuncio/core'
import { describe, expect, it } from 'vitest'
import { RecordedResponse, RecordingClient } from '../testing/recording-client.ts'
import { RESPONSE_CASES, type ResponseCase } from '../testing/response-cases.ts'

function run(given: ResponseCase, pieces: readonly string[]): { client: RecordingClient; response: RecordedResponse } {
  const client = new RecordingClient({ enableTrailers: true })
  const response = new RecordedResponse()
  client.turn(() => {
    const stream = client.connection.newStream(response)
    stream.encodeHeaders(
      requestHeaders([
        [':method', given.method],
        [':path', '/p'],
        [':authority', 'a.test'],
      ]),
      true,
    )
  })
  for (const piece of pieces) client.socket.push(piece)
  if (given.eof) client.socket.pushEnd()
  return { client, response }
}

function outcome({ client, response }: ReturnType<typeof run>): unknown {
  const { status, body, done, informational, late } = response
  return {
    answer: status === 0 ? undefined : { status, body, complete: done },
    informational,
    reusable: client.connection.idle,
    destroyed: client.socket.destroyed,
    reset: response.reset !== undefined,
    events: client.events.map((event) => event.split(' ')[0]!),
    late,
  }
}

function expected(given: ResponseCase, split: boolean): unknown {
  const complete = given.answer?.complete === true
  return {
    // A chunk's data is handed on only when more bytes follow it in the same read, or the read ends with it.
    answer: given.answer && !complete ? { ...given.answer, body: expect.any(String) as string } : given.answer,
    informational: given.informational,
    reusable: given.reusable,
    destroyed: !given.reusable,
    reset: !complete,
    events: given.reusable ? ['reusable'] : split || given.eof ? expect.any(Array) : ['not', 'close'],
    late: 0,
  }
}

function positions(length: number): number[] {
  const step = length > 3000 ? Math.ceil(length / 150) : 1
  return Array.from({ length: Math.max(0, Math.floor((length - 1) / step)) }, (_, i) => 1 + i * step)
}

describe('responses as bytes', () => {
  it('are a hundred at least, each with a name of its own', () => {
    expect(RESPONSE_CASES.length).toBeGreaterThanOrEqual(100)
    expect(new Set(RESPONSE_CASES.map((given) => given.name)).size).toBe(RESPONSE_CASES.length)
  })

  it.each(RESPONSE_CASES)('$rule: $name', (given) => {
    const whole = run(given, [given.bytes])
    expect(outcome(whole)).toEqual(expected(given, false))
    if (given.answer?.complete === false) expect(given.answer.body.startsWith(whole.response.body)).toBe(true)
    // Bytes behind the end that come in a read of their own meet an idle connection: it goes, a moment later.
    for (const at of positions(given.bytes.length)) {
      const parts = run(given, [given.bytes.slice(0, at), given.bytes.slice(at)])
      expect(outcome(parts), `split at ${at}`).toEqual(expected(given, true))
      if (given.answer?.complete === false) expect(given.answer.body.startsWith(parts.response.body)).toBe(true)
    }
    if (given.bytes.length < 5000) expect(outcome(run(given, given.bytes.split('')))).toEqual(expected(given, true))
  })
})
