import { describe, expect, test } from 'vitest'
import { RecordingServer } from '../testing/recording-server.ts'

const IGNORED: ReadonlySet<string> = new Set(['h2c', 'foo'])

/** What becomes of a request with these lines: the protocol that it would upgrade to, and what goes on. */
function received(...lines: readonly string[]): [string, readonly string[]] {
  const server = new RecordingServer({ ignoresUpgrade: (protocol) => IGNORED.has(protocol) })
  server.answer = () => {}
  server.socket.push(`GET / HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)
  const { protocol, lines: left } = server.requests[0]!
  return [protocol, left]
}

describe('protocols that nobody is let upgrade to', () => {
  test('are taken out, and the request is one like any other', () => {
    expect(received('Connection: Upgrade', 'Upgrade: foo', 'A: 1')).toEqual(['', ['A: 1']])
    expect(received('Connection: upgrade, x', 'Upgrade: foo , h2c', 'X: 1')).toEqual(['', []])
  })

  test('leave others, which are asked for alone', () => {
    const websocket = ['websocket', ['Connection: Upgrade', 'Upgrade: websocket']]
    expect(received('Connection: Upgrade', 'Upgrade: websocket, foo')).toEqual(websocket)
    expect(received('Connection: Upgrade', 'Upgrade: websocket')).toEqual(websocket)
  })

  test('are named as they are written', () => {
    expect(received('Connection: Upgrade', 'Upgrade: FOO')[0]).toBe('FOO')
  })
})
