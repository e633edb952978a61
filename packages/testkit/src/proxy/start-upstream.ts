import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the upstream received it, whole. */
export interface UpstreamRequest {
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly headers: Headers
  /** As UTF-8. */
  readonly body: string
}

/** What a handler answers: a `Response`, nothing (an empty 200), or `'reset'` (the connection breaks). */
export type UpstreamReply = Response | 'reset' | undefined

/** An HTTP/1.1 origin on a free port of 127.0.0.1. */
export interface Upstream extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  readonly url: string
  /** Everything received so far, oldest first. */
  readonly requests: readonly UpstreamRequest[]
  /** Breaks its connections and stops. */
  close(): Promise<void>
}

/**
 * Starts an origin that writes down what it receives. A handler that throws answers 500 with its message; one whose
 * promise never settles never answers.
 */
export async function startUpstream(
  handler: (request: UpstreamRequest) => UpstreamReply | void | Promise<UpstreamReply | void> = () => {},
): Promise<Upstream> {
  const requests: UpstreamRequest[] = []
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, async (request) => {
      requests.push(request)
      return (await handler(request)) ?? undefined
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= stop(server))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: (request: UpstreamRequest) => Promise<UpstreamReply>,
): Promise<void> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const headers = new Headers()
    const { rawHeaders } = incoming
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!)
    const body = Buffer.concat(chunks).toString()
    await answer(outgoing, await handler({ method: incoming.method ?? '', path: incoming.url ?? '', headers, body }))
  } catch (error) {
    if (outgoing.headersSent || !incoming.complete) outgoing.destroy()
    else outgoing.writeHead(500).end(`the upstream's handler threw: ${String(error)}`)
  }
}

async function answer(outgoing: ServerResponse, reply: UpstreamReply): Promise<void> {
  if (reply === 'reset') {
    outgoing.socket?.resetAndDestroy()
    return
  }
  const response = reply ?? new Response()
  outgoing.writeHead(response.status, response.statusText, [...response.headers].flat())
  if (response.body === null) {
    outgoing.end()
    return
  }
  for await (const chunk of response.body) outgoing.write(chunk)
  outgoing.end()
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
