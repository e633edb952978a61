import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Server } from '../server.ts'

/** A connection to the first listener that says nothing by itself; what breaks it is no error of the test. */
export async function client(server: Server): Promise<Socket> {
  const socket = connect(server.listeners[0]!.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Brings the statistics up to date as a reader of the admin does, and answers a gauge. */
export async function shown(server: Server, name: string): Promise<number> {
  await (await fetch(`http://127.0.0.1:${server.admin!.port}/stats?usedonly`)).text()
  return server.stats.gauge(name).value
}
