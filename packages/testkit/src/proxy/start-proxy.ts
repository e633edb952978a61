import { type ConfigView, explainRequest, openConfig, type RequestExplanation } from '@nuncio/checks'
import type { LoadOptions } from '@nuncio/config'
import { NuncioError, type Logger, type RandomGenerator, type SocketAddress, type TimeSource } from '@nuncio/core'
import type { AnyHttpFilterDefinition } from '@nuncio/filter-chain'
import { createServer, type ListeningAt, type Server, type ServerOptions } from '@nuncio/server'
import { readFile } from 'node:fs/promises'
import { type ClientInit, HttpClient } from './http-client.ts'
import { ProxyStats } from './proxy-stats.ts'
import { type ClusterTargets, endpointsOf } from './targets.ts'

/** What `startProxy` makes a proxy of. Only `config` has to be there. */
export interface ProxyOptions {
  /**
   * An Envoy bootstrap: YAML or JSON text, a file as `URL`, or the path of a file that ends in .yaml, .yml or .json.
   * Its ports do not matter: every listener takes a free one of 127.0.0.1.
   */
  readonly config: string | Uint8Array | URL
  /** Endpoints that stand in for those of the configuration, by cluster name. */
  readonly clusters?: ClusterTargets
  /** Filters beside nuncio's own. */
  readonly httpFilters?: readonly AnyHttpFilterDefinition[]
  /** Time for everything in the proxy; a `FakeTime` lets timeouts and ejections wait for the test. */
  readonly clock?: TimeSource
  readonly random?: RandomGenerator
  readonly logger?: Logger
  /** Whose port `url` and `fetch` mean; the first listener when left out. */
  readonly listener?: string
  /** Anything else that `createServer` takes. */
  readonly server?: ServerOptions
}

/** Whatever of a request routes may look at. */
export type ExplainInit = Pick<ClientInit, 'method' | 'headers'>

/** A proxy inside a test. */
export interface TestProxy extends AsyncDisposable {
  /** Where the chosen listener is: `http://127.0.0.1:40123`. */
  readonly url: string
  readonly stats: ProxyStats
  /** The server itself, for what this does not show. */
  readonly server: Server
  /** Where a listener is, by its name. */
  urlOf(listener: string): string
  /**
   * Sends a request through the listener: a path (`/a?b`), or a URL whose host becomes the Host header. Redirects are
   * not followed. Rejects when the connection breaks before there is an answer.
   */
  fetch(url: string | URL, init?: ClientInit): Promise<Response>
  /** Asks the admin: `admin('/clusters?format=json')`. */
  admin(path: string, init?: ClientInit): Promise<Response>
  /**
   * Tells where a request goes and why, by the configuration and the code that routes; nothing is sent. What filters
   * would change on the way is not known to it.
   */
  explain(url: string | URL, request?: ExplainInit): RequestExplanation
  /** Stops at once: listeners, connections, timers. Twice does nothing more. */
  close(): Promise<void>
}

// Each proxy has an admin, whether the configuration asks for one or not.
const ADMIN = 'admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }'

/**
 * Starts a proxy on free ports. Throws a `ConfigurationError` whose `problems` say all that is wrong with the
 * configuration, or a `NuncioError` for clusters or a listener that it does not have.
 *
 *     await using proxy = await startProxy({ config: './envoy.yaml', clusters: { api: upstream } })
 *     const response = await proxy.fetch('http://shop.example/cart')
 */
export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const { text, file } = await configText(options.config)
  const { clusters, httpFilters, clock, random, logger } = options
  const server = await createServer(text, {
    ...(file !== undefined && { file }),
    mergeYaml: ADMIN,
    // So that a test sees the same x-forwarded-for on every machine.
    node: { address: '127.0.0.1' },
    ...options.server,
    ports: 'ephemeral',
    ...(clusters !== undefined && { endpoints: { ...options.server?.endpoints, ...endpointsOf(clusters) } }),
    ...(httpFilters !== undefined && { httpFilters }),
    ...(clock !== undefined && { time: clock }),
    ...(random !== undefined && { random }),
    ...(logger !== undefined && { logger }),
  })
  try {
    return new RunningProxy(server, options.listener, () => openConfig(text, { definitions: definitionsOf(options) }))
  } catch (error) {
    await server.close()
    throw error
  }
}

function definitionsOf({ httpFilters, server }: ProxyOptions): NonNullable<LoadOptions['definitions']> {
  return [...(httpFilters ?? []), ...(server?.httpFilters ?? [])].map((definition) => definition.config) as never
}

async function configText(config: string | Uint8Array | URL): Promise<{ text: string | Uint8Array; file?: string }> {
  if (config instanceof URL) return { text: await readFile(config), file: config.pathname }
  if (typeof config !== 'string' || !/^[^\n{}]+\.(?:ya?ml|json)$/.test(config)) return { text: config }
  return { text: await readFile(config), file: config }
}

class RunningProxy implements TestProxy {
  readonly server: Server
  readonly stats: ProxyStats
  readonly url: string
  readonly #at: SocketAddress
  readonly #client = new HttpClient()
  readonly #listener: string
  readonly #open: () => ConfigView
  #view: ConfigView | undefined = undefined

  constructor(server: Server, listener: string | undefined, open: () => ConfigView) {
    this.#open = open
    this.server = server
    this.stats = new ProxyStats(server.stats)
    const at = find(server, listener)
    this.#at = at
    this.#listener = at.name
    this.url = urlTo(this.#at)
  }

  urlOf(listener: string): string {
    return urlTo(find(this.server, listener))
  }

  async fetch(url: string | URL, init: ClientInit = {}): Promise<Response> {
    const { address, port } = this.#at
    if (typeof url === 'string' && url.startsWith('/')) return await this.#client.send(address, port, url, init)
    const { host, pathname, search } = new URL(url)
    const headers = new Headers(init.headers)
    if (!headers.has('host')) headers.set('host', host)
    return await this.#client.send(address, port, pathname + search, { ...init, headers })
  }

  async admin(path: string, init?: ClientInit): Promise<Response> {
    const { admin } = this.server
    if (admin === undefined) throw new NuncioError('ERR_NUNCIO_TEST_PROXY', 'the proxy has no admin')
    return await this.#client.send(admin.address, admin.port, path, init)
  }

  explain(url: string | URL, { method, headers }: ExplainInit = {}): RequestExplanation {
    this.#view ??= this.#open()
    const request = { url: new URL(url, this.url).href, method, headers: [...new Headers(headers)] }
    return explainRequest(this.#view, request, { listener: this.#listener })
  }

  async close(): Promise<void> {
    this.#client.close()
    await this.server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function find(server: Server, name: string | undefined): ListeningAt {
  const found = server.listeners.find((listener) => name === undefined || listener.name === name)
  if (found !== undefined) return found
  const names = server.listeners.map((listener) => listener.name).join(', ')
  throw new NuncioError(
    'ERR_NUNCIO_TEST_PROXY',
    name === undefined ? 'the configuration has no listener' : `there is no listener ${name}, only ${names || 'none'}`,
  )
}

function urlTo({ address, port }: SocketAddress): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
