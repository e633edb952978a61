// The best that node:http and undici do together: undici's dispatch with a handler, no streams between.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { Pool, type Dispatcher } from 'undici'
import { HOP_BY_HOP, leastActive, readSetup, type Upstream } from '../node-setup.ts'

const { port, upstreams, tls, protocol } = readSetup()
const pools = new Map(upstreams.map((each) => [each, new Pool(each.url, { connections: 1024, pipelining: 1 })]))

function requestHeaders(request: http.IncomingMessage): string[] {
  const named =
    request.headers.connection
      ?.toLowerCase()
      .split(',')
      .map((each) => each.trim()) ?? []
  const result: string[] = []
  let forwarded = request.socket.remoteAddress ?? ''
  let id: string | undefined
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] ?? ''
    const value = request.rawHeaders[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (HOP_BY_HOP.has(lower) || named.includes(lower) || lower === 'x-forwarded-proto') continue
    if (lower === 'x-forwarded-for') forwarded = `${value}, ${forwarded}`
    else if (lower === 'x-request-id') id = value
    else result.push(name, value)
  }
  result.push('x-forwarded-for', forwarded, 'x-forwarded-proto', protocol, 'x-request-id', id ?? randomUUID())
  return result
}

/** The response, handed on as it comes. */
class Forwarder implements Dispatcher.DispatchHandler {
  readonly #response: http.ServerResponse
  readonly #upstream: Upstream

  constructor(response: http.ServerResponse, upstream: Upstream) {
    this.#response = response
    this.#upstream = upstream
    upstream.active++
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#response.on('drain', () => controller.resume())
    this.#response.on('close', () => this.#response.writableFinished || controller.abort(new Error('client went away')))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    for (const name of HOP_BY_HOP) delete headers[name]
    this.#response.writeHead(status, headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#upstream.active--
    this.#response.end()
  }

  onResponseError(): void {
    this.#upstream.active--
    if (this.#response.headersSent) this.#response.destroy()
    else this.#response.writeHead(502).end()
  }
}

const BODYLESS = new Set(['GET', 'HEAD'])

function handle(request: http.IncomingMessage, response: http.ServerResponse): void {
  const upstream = leastActive(upstreams)
  const method = request.method ?? 'GET'
  const body = BODYLESS.has(method) ? null : request
  const options = {
    path: request.url ?? '/',
    method: method,
    headers: requestHeaders(request),
    body,
  }
  pools.get(upstream)?.dispatch(options, new Forwarder(response, upstream))
}

const server = tls ? https.createServer(tls, handle) : http.createServer(handle)
server.keepAliveTimeout = 3_600_000
server.listen(port, '127.0.0.1', 4096)
