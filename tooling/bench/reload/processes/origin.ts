// An origin whose answers can be checked: the body repeats the path. Those below /slow take their time. Arguments: the ports
// to listen on.
import { createServer } from 'node:net'
import { bodyOf } from '../checked-body.ts'

const SLOW_MS = 1500

for (const port of process.argv.slice(2)) {
  const server = createServer({ noDelay: true }, (socket) => {
    let waiting = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      waiting += chunk.toString('latin1')
      let answers = ''
      let slow = false
      for (let end = waiting.indexOf('\r\n\r\n'); end >= 0; end = waiting.indexOf('\r\n\r\n')) {
        const path = waiting.slice(waiting.indexOf(' ') + 1, waiting.indexOf(' HTTP/'))
        const body = bodyOf(path)
        slow ||= path.startsWith('/slow')
        answers += `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`
        waiting = waiting.slice(end + 4)
      }
      if (slow) setTimeout(() => socket.write(answers, 'latin1'), SLOW_MS)
      else if (answers !== '') socket.write(answers, 'latin1')
    })
  })
  server.listen(Number(port), '127.0.0.1', 4096)
}
