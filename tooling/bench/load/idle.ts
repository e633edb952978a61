import { once } from 'node:events'
import net from 'node:net'
import { REQUEST_HEADERS } from './load.ts'
import { ResponseScanner } from './response-scanner.ts'

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

/**
 * Opens connections one after the other, each with one request behind it, and keeps them: idle keep-alive clients, or
 * WebSockets.
 */
export async function openIdle(
  port: number,
  path: string,
  count: number,
  webSocket: boolean,
): Promise<{ close(): void }> {
  const headers = REQUEST_HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const request = `GET ${path} HTTP/1.1\r\n${headers}${webSocket ? UPGRADE : ''}\r\n`
  const sockets: net.Socket[] = []
  for (let i = 0; i < count; i++) sockets.push(await openOne(port, request))
  return { close: () => sockets.forEach((socket) => socket.destroy()) }
}

async function openOne(port: number, request: string): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  const scanner = new ResponseScanner()
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => scanner.push(chunk) && resolve())
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('an idle connection was closed')))
  })
  // After the answer nobody waits for it any more: a proxy may close idle connections at the end.
  answered.catch(() => undefined)
  socket.write(request)
  await answered
  return socket
}
