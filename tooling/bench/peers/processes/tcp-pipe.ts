// A blind pipe: one upstream connection for each client connection. What sockets alone cost in Node.
import net from 'node:net'
import tls from 'node:tls'
import { leastActive, readSetup } from '../node-setup.ts'

const { port, upstreams, tls: secure } = readSetup()

function pipe(client: net.Socket): void {
  const upstream = leastActive(upstreams)
  upstream.active++
  const server = net.connect({ host: '127.0.0.1', port: upstream.port, noDelay: true })
  client.setNoDelay(true)
  client.pipe(server).pipe(client)
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
  client.once('close', () => {
    upstream.active--
    server.destroy()
  })
}

const listening = secure ? tls.createServer(secure, pipe) : net.createServer(pipe)
listening.listen(port, '127.0.0.1', 4096)
