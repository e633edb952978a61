import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** What an example's `requests.yaml` says of one request. */
export interface ExampleRequest {
  /** Shown when the test fails, and in the README. */
  readonly it: string
  /** Name of the listener; the first when left out. */
  readonly listener?: string
  /** The address of the listener to go to, where it has several. */
  readonly to?: string
  /** The address to come from. */
  readonly from?: string
  /** What a PROXY protocol header before the request says: source and destination address, source and destination port. */
  readonly proxy?: string
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** How often it is sent; `upstreams` then counts them all. */
  readonly times?: number
  readonly expect: {
    /** Left out when the connection is `closed`. */
    readonly status?: number
    /** The connection is closed without an answer. */
    readonly closed?: boolean
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
  /** Undefined: closed without an answer. */
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request as it stands: no redirects are followed, Host may be anything. */
export async function send(
  at: { readonly address: string; readonly port: number },
  request: ExampleRequest,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        createConnection: () => open(at, request),
        method: request.method ?? 'GET',
        path: request.path,
        headers: request.headers,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve({ status: undefined, headers: {}, body: '' })
      else reject(error)
    })
    outgoing.end(request.body)
  })
}

/** A connection to a listener, with what comes before the request. */
function open({ address, port }: { readonly address: string; readonly port: number }, request: ExampleRequest): Socket {
  const { from, proxy } = request
  const socket = connect({ host: address, port, ...(from !== undefined && { localAddress: from }) })
  if (proxy !== undefined) socket.write(`PROXY TCP4 ${proxy}\r\n`)
  return socket
}
