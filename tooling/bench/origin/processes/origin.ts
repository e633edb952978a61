// node origin.ts SIZE PORT...: answers every request with a body of SIZE bytes, as fast as raw sockets go. For machines
// without nginx. It trusts its clients: no bodies in requests, one request at a time on a connection.
import net from 'node:net'
import { ECHO_PATH, ECHOED } from '../origin.ts'

const [size = '0', ...ports] = process.argv.slice(2)
const body = Buffer.alloc(Number(size), 'x')
const head = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`,
)
const answer = Buffer.concat([head, body])
const END = Buffer.from('\r\n\r\n')
/** Nobody checks the key, and nothing is said after it. */
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n'

function echo(request: string): string {
  const values = ECHOED.map((name) => {
    const found = new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(request)
    return `${name}=${found?.[1] ?? ''}\n`
  })
  const text = values.join('')
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

function serve(socket: net.Socket): void {
  let rest: Buffer | undefined
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END)) {
      if (bytes.toString('latin1', 4, 4 + ECHO_PATH.length) === ECHO_PATH)
        socket.write(echo(bytes.toString('latin1', 0, end + 2)))
      else if (bytes.subarray(0, end).includes('Upgrade: websocket')) socket.write(SWITCHING)
      else socket.write(answer)
      bytes = bytes.subarray(end + 4)
    }
    rest = bytes.length > 0 ? bytes : undefined
  })
}

for (const port of ports) net.createServer(serve).listen(Number(port), '127.0.0.1', 4096)
