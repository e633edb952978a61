import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One of the demonstration's upstreams: says its name and what it was asked. */
export interface DemoService extends AsyncDisposable {
  readonly name: string
  readonly port: number
}

async function startService(name: string, port: number): Promise<DemoService> {
  const server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.setHeader('x-service', name)
    response.end(`hello from ${name}, asked for ${request.method ?? ''} ${request.url ?? ''}\n`)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    name,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Three small services on loopback; they get free ports. */
export async function startDemoServices(): Promise<readonly DemoService[]> {
  return await Promise.all(['alpha', 'beta', 'gamma'].map((name) => startService(name, 0)))
}
