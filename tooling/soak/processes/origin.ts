// An origin for the soak: checked bodies over HTTP, an echo over WebSocket, and an answer without end under /endless.
// Argument: the port to listen on.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { bodyOf } from '../../bench/reload/checked-body.ts'

const server = createServer((request, response) => {
  response.on('error', () => {})
  const path = request.url ?? '/'
  if (!path.startsWith('/endless')) {
    request.resume()
    response.end(bodyOf(path))
    return
  }
  const timer = setInterval(() => response.write('x'.repeat(1000)), 5)
  response.on('close', () => clearInterval(timer))
})
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }))
})
server.listen(Number(process.argv[2]), '127.0.0.1')
