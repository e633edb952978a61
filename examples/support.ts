import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, request as httpRequest } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'

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
  /** Speaks TLS: which server it asks for, and the name of the certificate that it shows. */
  readonly tls?: { readonly serverName: string; readonly as?: string }
  /** Asks with CONNECT for a tunnel to this address first. */
  readonly connect?: string
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
    /** Must not be in the body. */
    readonly excludes?: string
    /** Common name of the certificate that the proxy showed. */
    readonly certificate?: string
    /** Common name of the certificate that the proxy showed to the cluster. */
    readonly upstreamClient?: string
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
  /** Common name of the certificate that was shown; '' = none. */
  readonly client: string
}

export interface Endpoint extends AsyncDisposable {
  readonly address: string
}

/** An upstream that answers with what it saw. `certificates`: where they are when it speaks TLS; it wants one, too. */
export async function startEndpoint(cluster: string, index: number, certificates?: string): Promise<Endpoint> {
  const answer: RequestListener = (request, response) => {
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
        client: commonName(request.socket),
      }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(seen))
    })
  }
  const server =
    certificates === undefined
      ? createServer(answer)
      : createSecureServer({ ...identity(certificates, 'app'), ...trust(certificates), requestCert: true }, answer)
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

function identity(certificates: string, name: string): { readonly cert: string; readonly key: string } {
  const read = (file: string): string => readFileSync(path.join(certificates, file), 'utf8')
  return { cert: read(`${name}.pem`), key: read(`${name}-key.pem`) }
}

function trust(certificates: string): { readonly ca: string } {
  return { ca: readFileSync(path.join(certificates, 'authority.pem'), 'utf8') }
}

function commonName(socket: Socket): string {
  const certificate = (socket as Partial<TLSSocket>).getPeerX509Certificate?.()
  return /CN=(.*)/.exec(certificate?.subject ?? '')?.[1] ?? ''
}

export interface Answer {
  /** Undefined: closed without an answer. */
  readonly status: number | undefined
  /** Common name of the certificate that was shown; '' = none. */
  readonly certificate: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request as it stands: no redirects are followed, Host may be anything. */
export async function send(
  at: { readonly address: string; readonly port: number },
  request: ExampleRequest,
  certificates: string,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        createConnection: (_, opened) => openTo(at, request, certificates, opened),
        method: request.method ?? 'GET',
        path: request.path,
        headers: request.headers,
      },
      (response) => {
        const certificate = commonName(response.socket)
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            certificate,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const closed = /^(ECONNRESET|EPIPE|ERR_SSL_.*ALERT.*)$/.test(error.code ?? '')
      if (closed) resolve({ status: undefined, certificate: '', headers: {}, body: '' })
      else reject(error)
    })
    outgoing.end(request.body)
  })
}

type Opened = (error: Error | null, socket: Duplex) => void

/** A connection to a listener, or through a tunnel that is asked for there; then it comes by `opened`. */
function openTo(
  at: { readonly address: string; readonly port: number },
  request: ExampleRequest,
  certificates: string,
  opened: Opened,
): Socket | undefined {
  const socket = open(at, request, certificates)
  if (request.connect === undefined) return socket
  socket.write(`CONNECT ${request.connect} HTTP/1.1\r\nhost: ${request.connect}\r\n\r\n`)
  socket.once('data', (answer: Buffer) => {
    if (answer.toString().startsWith('HTTP/1.1 200 ')) return opened(null, socket)
    socket.destroy()
    opened(Object.assign(new Error('there is no tunnel'), { code: 'ECONNRESET' }), socket)
  })
  return undefined
}

/** A connection to a listener, with what comes before the request. */
function open(
  { address, port }: { readonly address: string; readonly port: number },
  { from, proxy, tls }: ExampleRequest,
  certificates: string,
): Socket {
  const socket = connect({ host: address, port, ...(from !== undefined && { localAddress: from }) })
  if (proxy !== undefined) socket.write(`PROXY TCP4 ${proxy}\r\n`)
  if (tls === undefined) return socket
  const own = tls.as === undefined ? {} : identity(certificates, tls.as)
  return connectTls({ socket, servername: tls.serverName, ...trust(certificates), ...own })
}
