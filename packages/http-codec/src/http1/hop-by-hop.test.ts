import { describe, expect, it } from 'vitest'
import { RecordingServer } from '../testing/recording-server.ts'

/** The lines of a request that go on, when it is received with these. */
function passing(...lines: readonly string[]): readonly string[] {
  const server = new RecordingServer()
  server.answer = () => {}
  server.socket.push(`GET / HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)
  return server.requests[0]!.lines
}

const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['Connection itself', ['Connection: keep-alive'], []],
  ['Keep-Alive', ['Keep-Alive: timeout=5', 'A: 1'], ['A: 1']],
  ['Proxy-Connection', ['Proxy-Connection: keep-alive', 'A: 1'], ['A: 1']],
  ['TE for anything but trailers', ['TE: gzip'], []],
  ['Trailer', ['Trailer: X', 'A: 1'], ['A: 1']],
  ['Upgrade', ['Upgrade: foo', 'A: 1'], ['A: 1']],
  ['HTTP2-Settings', ['HTTP2-Settings: x', 'A: 1'], ['A: 1']],
  [
    'h2c with all that belongs to it',
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: x', 'A: 1'],
    ['A: 1'],
  ],
  ['h2c in odd case', ['Connection: Upgrade', 'Upgrade: H2C'], []],
  ['a field that Connection names', ['Connection: X-A', 'X-A: 1', 'X-B: 2'], ['X-B: 2']],
  ['every line of it', ['X-A: 1', 'Connection: x-a', 'x-A: 2'], []],
  ['several that it names', ['Connection: x-a,x-b , x-c', 'X-A: 1', 'X-B: 2', 'X-C: 3', 'X-D: 4'], ['X-D: 4']],
  ['what a second Connection names', ['Connection: close', 'Connection: x-a', 'X-A: 1', 'X-B: 2'], ['X-B: 2']],
  ['a known field that it names', ['Connection: cookie', 'Cookie: a=b', 'Accept: x'], ['Accept: x']],
]
const kept: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['TE for trailers', ['TE: trailers'], ['TE: trailers']],
  ['TE for trailers among others, alone', ['TE: gzip;q=0.5, Trailers'], ['TE: trailers']],
  ['TE for trailers on a second line', ['TE: gzip', 'TE: trailers'], ['TE: trailers']],
  ['TE that Connection names', ['Connection: te', 'TE: trailers'], ['TE: trailers']],
  ['forwarded addresses', ['Connection: x-forwarded-for', 'X-Forwarded-For: 1.2.3.4'], ['X-Forwarded-For: 1.2.3.4']],
  ['the forwarded scheme', ['Connection: X-Forwarded-Proto', 'X-Forwarded-Proto: https'], ['X-Forwarded-Proto: https']],
  [
    'the forwarded certificate',
    ['Connection: x-forwarded-client-cert', 'X-Forwarded-Client-Cert: x'],
    ['X-Forwarded-Client-Cert: x'],
  ],
  ['the request id', ['Connection: x-request-id', 'X-Request-Id: x'], ['X-Request-Id: x']],
  ["Envoy's own", ['Connection: x-envoy-internal', 'X-Envoy-Internal: true'], ['X-Envoy-Internal: true']],
  ['Content-Length', ['Connection: content-length', 'Content-Length: 0'], ['Content-Length: 0']],
]

describe('hop-by-hop fields', () => {
  it.each(rows)('go: %s', (_, lines, left) => {
    expect(passing(...lines)).toEqual(left)
  })

  it.each(kept)('stay: %s', (_, lines, left) => {
    expect(passing(...lines)).toEqual(left)
  })

  it('cannot take the host or a body away', () => {
    const server = new RecordingServer()
    server.socket.push('POST / HTTP/1.1\r\nHost: a\r\nConnection: host, content-length\r\nContent-Length: 2\r\n\r\nhi')
    expect(server.requests[0]).toMatchObject({ host: 'a', body: 'hi' })
  })

  it('leave bytes, order and case of all others as they were', () => {
    const lines = ['X-Z: \xe4', 'x-a: 1', 'X-A:  2', 'Set-Cookie: a=1', 'set-cookie: b=2', 'x-E:']
    expect(passing(...lines.slice(0, 3), 'Connection: x', ...lines.slice(3))).toEqual([
      'X-Z: \xe4',
      'x-a: 1',
      'X-A: 2',
      'Set-Cookie: a=1',
      'set-cookie: b=2',
      'x-E: ',
    ])
  })
})
