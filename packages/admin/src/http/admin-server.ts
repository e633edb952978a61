import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { ConnectionInfo, Logger, SocketAddress, TimeSource } from '@nuncio/core'
import type { Socket } from 'node:net'
import {
  type AdminContext,
  type AdminEndpoint,
  type AdminRequest,
  type AdminResponse,
  type TextMatcher,
  textResponse,
} from '../endpoint.ts'
import { helpText } from '../endpoints/home.ts'
import { builtinEndpoints } from '../endpoints/registry.ts'
import type { AdminView } from '../view/admin-view.ts'
import { type AdminAccessLog, adminStream, connectionOf } from './admin-log.ts'
import { refusal } from './guard.ts'
import { pathOf, readRequest } from './read-request.ts'

/** What the admin server shows, and whom it answers. */
export interface AdminOptions {
  readonly view: AdminView
  readonly time: TimeSource
  readonly logger: Logger
  /** A pattern in linear time that finds a match anywhere in a text; a string says why it is refused. */
  readonly compileSearch: (pattern: string) => TextMatcher | string
  /** More endpoints, such as `/explain`; one of a built-in path takes its place. */
  readonly endpoints?: readonly AdminEndpoint[]
  /** Called before each request that an endpoint answers: a view that has to ask others first does so here. */
  readonly prepare?: (request: AdminRequest) => Promise<void>
  /** `admin.access_log` */
  readonly accessLogs?: readonly AdminAccessLog[]
  /** Paths that may be asked for; absent: all. */
  readonly allowsPath?: (path: string) => boolean
  /** Names by which the address may be called, besides IP addresses, `localhost` and this machine's name. */
  readonly allowedHosts?: readonly string[]
  /** Told of connections and requests. */
  readonly traffic?: AdminTraffic
}

/** What happens on the admin address, for statistics. */
export interface AdminTraffic {
  connectionBegins(): void
  /** Bytes on the wire. */
  connectionEnds(lengthMs: number, received: number, sent: number): void
  requestBegins(): void
  requestEnds(status: number, durationMs: number): void
}

/** Sockets that the admin address serves at once. */
const MAX_CONNECTIONS = 256

/** The admin interface over HTTP/1.1 on an address of its own. Its answers are Envoy's. */
export class AdminServer {
  readonly #options: AdminOptions
  readonly #endpoints = new Map<string, AdminEndpoint>()
  readonly #context: AdminContext
  #allowedHosts: ReadonlySet<string> | 'any'
  readonly #server: Server

  constructor(options: AdminOptions) {
    this.#options = options
    const { compileSearch, time, view } = options
    this.#context = { view, time, compileSearch, endpoints: () => [...this.#endpoints.values()] }
    for (const endpoint of [...builtinEndpoints(this.#context), ...(options.endpoints ?? [])]) this.add(endpoint)
    this.#allowedHosts = new Set([hostname(), ...(options.allowedHosts ?? [])].map((name) => name.toLowerCase()))
    this.#server = createServer(
      { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
      this.#onRequest,
    )
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('connection', (socket) => this.#count(socket))
    this.#server.on('clientError', (_, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      else socket.destroy()
    })
  }

  /** Adds an endpoint, or replaces the one of its path. */
  add(endpoint: AdminEndpoint): void {
    this.#endpoints.set(endpoint.path, endpoint)
  }

  /**
   * Listens on an IP address and port (0: any free one) or a path, or on a socket that is bound there; answers where. Rejects
   * with the system's error.
   */
  listen(address: SocketAddress, handle?: object): Promise<SocketAddress> {
    const { promise, resolve, reject } = Promise.withResolvers<SocketAddress>()
    const { address: name } = address
    const isPath = name.startsWith('/') || name.startsWith('@')
    if (isPath) this.#allowedHosts = 'any'
    this.#server.once('error', reject)
    const place = isPath ? { path: name.replace(/^@/, '\0') } : { host: address.address, port: address.port }
    this.#server.listen(handle ?? place, () => {
      this.#server.off('error', reject)
      this.#server.on('error', (error) => this.#options.logger.log('error', 'admin server failed', { error }))
      // A Unix socket that somebody else bound does not know its path.
      const bound = this.#server.address()
      const isIp = typeof bound === 'object' && bound !== null
      resolve(isIp ? { address: bound.address, port: bound.port } : { address: address.address, port: 0 })
    })
    return promise
  }

  /** Stops listening and closes every connection. */
  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    return promise
  }

  readonly #onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const connection = connectionOf(incoming, this.#options.time.monotonicMs())
    this.#options.traffic?.requestBegins()
    outgoing.on('error', ignore)
    void this.#answer(incoming).then(
      (response) => this.#send(incoming, outgoing, response, connection),
      (error: unknown) => {
        // A client that vanished needs no answer; anything else is a fault of an endpoint.
        if (!incoming.complete) return this.#options.traffic?.requestEnds(0, 0)
        this.#options.logger.log('error', 'an admin endpoint failed', { path: pathOf(incoming.url), error })
        this.#send(incoming, outgoing, textResponse('internal error\n', 500), connection)
      },
    )
  }

  async #answer(incoming: IncomingMessage): Promise<AdminResponse> {
    const path = pathOf(incoming.url)
    const endpoint = this.#endpoints.get(path)
    const { headers } = incoming
    const refused = refusal(
      {
        host: headers.host,
        origin: headers.origin,
        fetchSite: single(headers['sec-fetch-site']),
        mutates: endpoint?.mutates === true,
      },
      this.#allowedHosts,
    )
    if (refused !== undefined) return textResponse(`${refused}\n`, 403)
    if (this.#options.allowsPath?.(path) === false) return textResponse(`request to path ${path} not allowed`, 403)
    if (endpoint === undefined) return textResponse(`invalid path. ${helpText(this.#context)}`, 404)
    if (endpoint.mutates && incoming.method !== 'POST') {
      return textResponse(`Method ${incoming.method ?? ''} not allowed, POST required.`, 405)
    }
    const request = await readRequest(incoming)
    if (request === undefined) return textResponse('the body is too large\n', 413)
    await this.#options.prepare?.(request)
    return endpoint.handle(request)
  }

  #send(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    response: AdminResponse,
    connection: ConnectionInfo,
  ): void {
    const { accessLogs = [], logger, time, traffic } = this.#options
    const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body
    if (!outgoing.destroyed) {
      outgoing.statusCode = response.status
      outgoing.setHeader('content-type', response.contentType)
      outgoing.setHeader('cache-control', 'no-cache, max-age=0')
      outgoing.setHeader('x-content-type-options', 'nosniff')
      outgoing.setHeader('server', 'envoy')
      outgoing.setHeader('content-length', body.length)
      for (const [name, value] of response.headers ?? []) outgoing.setHeader(name, value)
      // What is left of a body that was not read must not be taken for the next request.
      if (!incoming.complete) outgoing.setHeader('connection', 'close')
      outgoing.end(incoming.method === 'HEAD' ? undefined : body, response.afterwards)
    } else response.afterwards?.()
    traffic?.requestEnds(response.status, time.monotonicMs() - connection.startMs)
    if (accessLogs.length === 0) return
    const context = adminStream(incoming, connection, response, body.length, time)
    for (const accessLog of accessLogs) accessLog.log(context)
    logger.log('debug', 'request complete', { path: pathOf(incoming.url), status: response.status })
  }

  #count(socket: Socket): void {
    const { time, traffic } = this.#options
    const startMs = time.monotonicMs()
    traffic?.connectionBegins()
    socket.once('close', () => {
      traffic?.connectionEnds(time.monotonicMs() - startMs, socket.bytesRead, socket.bytesWritten)
    })
  }
}

function ignore(): void {}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
