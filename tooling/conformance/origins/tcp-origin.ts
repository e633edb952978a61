import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { shownBody } from '../wire/observed.ts'
import type { Stage } from './origin.ts'

/** Bytes: a reply with `raw` is sent at once, one with `echo` sends everything back; then as the reply says. */
export function tcpListener(stage: Stage, tls: TlsOptions | undefined): Server {
  const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createTlsServer(tls)
  return server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => serve(socket, stage))
}

function serve(socket: Socket, stage: Stage): void {
  const connection = stage.nextConnection()
  const reply = stage.nextReply()
  let body = ''
  stage.unfinished(socket, true)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    body += chunk.toString('latin1')
    stage.arrived(chunk.toString('latin1'))
    if (reply.echo) socket.write(chunk)
  })
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    stage.received({ start: 'TCP', headers: {}, order: [], body: shownBody(body), trailers: {}, connection })
    stage.unfinished(socket, false)
  })
  stage.when(reply.after, () => {
    if (reply.raw !== undefined) socket.write(reply.raw, 'latin1')
    if (reply.then === 'close') socket.end()
    if (reply.then === 'reset') socket.resetAndDestroy()
  })
}
