import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'

/** As for `fetch`. A `host` header is sent as it stands, and redirects are answers like any other. */
export interface ClientInit {
  readonly method?: string
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: ConstructorParameters<typeof Response>[0]
  readonly signal?: AbortSignal
}

/**
 * A client for one place. It differs from the global `fetch` in what tests of a proxy need: the Host header can be
 * anything, nothing is followed, decompressed or added, and `close` leaves no connection behind.
 */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true })

  /** Sends a request to `address:port`; rejects when the connection breaks before there is an answer. */
  async send(address: string, port: number, target: string, init: ClientInit = {}): Promise<Response> {
    const body = await bodyOf(init)
    const headers = new Headers(init.headers)
    if (body?.type && !headers.has('content-type')) headers.set('content-type', body.type)
    if (body !== undefined) headers.set('content-length', String(body.bytes.length))
    return await new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent: this.#agent,
          host: address,
          port,
          path: target,
          method: init.method ?? 'GET',
          headers: Object.fromEntries(headers),
          ...(init.signal !== undefined && { signal: init.signal }),
        },
        (incoming) => resolve(responseOf(incoming)),
      )
      outgoing.on('error', reject)
      outgoing.end(body?.bytes)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function bodyOf(init: ClientInit): Promise<{ bytes: Uint8Array; type: string | null } | undefined> {
  if (init.body === undefined || init.body === null) return undefined
  const whole = new Response(init.body)
  return { bytes: await whole.bytes(), type: whole.headers.get('content-type') }
}

const BODILESS = new Set([204, 205, 304])

function responseOf(incoming: IncomingMessage): Response {
  const { rawHeaders, statusCode = 0, statusMessage = '' } = incoming
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!)
  const init = { status: statusCode, statusText: statusMessage, headers }
  if (BODILESS.has(statusCode)) {
    incoming.resume()
    return new Response(null, init)
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, init)
}
