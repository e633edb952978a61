import { PREFACE } from '@nuncio/http-codec'
import { END_HEADERS, END_STREAM, FRAME, frame, get, literals, uint32 } from '@nuncio/http-codec/testing'
import { FakeTime } from '@nuncio/core/testing'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { bootstrap, logTo } from './test-support/bootstrap.ts'
import { ok, RawOrigin, until } from './test-support/raw-origin.ts'

const CANCEL = 8
const UPGRADE = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
const ROUTES = '- match: { prefix: / }\n  route: { cluster: app, upgrade_configs: [{ upgrade_type: websocket }] }'
const HTTP2 = Buffer.concat([
  Buffer.from(PREFACE),
  frame(FRAME.SETTINGS, 0, 0),
  frame(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, literals(get())),
])

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-details-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Sends bytes to a proxy of an origin, does something once a request is under way, and answers the line of its log. */
async function play(sent: string | Buffer, origin: RawOrigin, then: (socket: ReturnType<typeof connect>) => void) {
  const file = path.join(folder, 'log')
  const hcm = logTo(file, '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%')
  const server = await createServer(bootstrap({ hcm, routes: ROUTES }), {
    endpoints: { app: [origin.address] },
    time: new FakeTime(),
  })
  const socket = connect(server.listeners[0]!.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(sent)
  await until(() => origin.accepted > 0 && origin.received.some((text) => text.includes('\r\n\r\n')))
  then(socket)
  const active = server.stats.gauge('http.test.downstream_rq_active')
  if (then !== nothing) await until(() => active.value === 0)
  await server.close()
  socket.destroy()
  const local = server.stats.counter('http.test.downstream_cx_destroy_local_active_rq').value
  return { line: readFileSync(file, 'utf8').trim(), local }
}

const nothing = (): void => {}

test('a WebSocket handshake that is answered with 200 was unsuccessful', async () => {
  await using origin = await RawOrigin.start((socket) => socket.write(ok('hello')))
  const { line } = await play(UPGRADE, origin, (socket) => void socket.resume())
  expect(line).toBe('200 - websocket_handshake_unsuccessful')
})

test('a stream that an HTTP/2 client resets is DR', async () => {
  await using origin = await RawOrigin.start(nothing)
  const reset = frame(FRAME.RST_STREAM, 0, 1, uint32(CANCEL))
  const { line } = await play(HTTP2, origin, (socket) => void socket.write(reset))
  expect(line).toBe('0 DR http2.remote_reset')
})

test('a connection that the proxy closes under a request says why', async () => {
  await using origin = await RawOrigin.start(nothing)
  const { line, local } = await play('GET / HTTP/1.1\r\nhost: a\r\n\r\n', origin, nothing)
  expect([line, local]).toEqual(['0 DC downstream_local_disconnect(listener_closed)', 1])
})
