import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an example's `requests.yaml` says of one request. */
export interface ExampleRequest {
  /** Shown when the test fails, and in the README. */
  readonly it: string
  /** Name of the listener; the first when left out. */
  readonly listener?: string
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** How often it is sent; `upstreams` then counts them all. */
  readonly times?: number
  readonly expect: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    /** Part of the body. */
    readonly contains?: string
    /** The cluster that answered, and what it received. */
    readonly cluster?: string
    readonly upstreamPath?: string
    readonly upstreamHeaders?: Readonly<Record<string, string | null>>
    /** With `times`: how many endpoints answered in all. */
    readonly endpoints?: number
  }
}

/** What an endpoint of an example saw of a request; it answers with this as JSON. */
export interface Seen {
  readonly cluster: string
  readonly endpoint: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Endpoint extends AsyncDisposable {
  readonly address: string
}

/** An upstream that answers with what it saw. */
export async function startEndpoint(cluster: string, index: number): Promise<Endpoint> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const seen: Seen = {
        cluster,
        endpoint: `${cluster}-${index}`,
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString(),
      }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(seen))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request as it stands: no redirects are followed, Host may be anything. */
export async function send(port: number, request: ExampleRequest): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: request.method ?? 'GET',
        path: request.path,
        headers: request.headers,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(request.body)
  })
}
