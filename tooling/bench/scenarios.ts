import { routePrefix } from './peers/peer.ts'

/** What a contender of a scenario is beside its peer. */
export interface Variant {
  /** Empty for the plain one. */
  readonly label: string
  readonly routes: number
  readonly filters: number
  readonly accessLog: 'off' | 'json'
}

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly kind: 'load' | 'idle' | 'growth'
  readonly bodyBytes: number
  readonly connections: number
  readonly newConnections: boolean
  readonly tls: boolean
  /** `tcp`: bytes are passed on as they are, with `tcp_proxy` and its like. */
  readonly layer: 'http' | 'http2' | 'tcp'
  /** Idle connections are WebSockets. */
  readonly webSocket: boolean
  readonly variants: readonly Variant[]
  /** Peers that take part unless the command line says otherwise. */
  readonly peers: readonly string[]
  /** Peers whose difference decides a target: they get three times the rounds. */
  readonly deciding: readonly string[]
}

const PLAIN: Variant = { label: '', routes: 10, filters: 0, accessLog: 'off' }
const EVERYBODY = [
  'direct',
  'nuncio',
  'nuncio-built',
  'nginx',
  'haproxy',
  'envoy',
  'node-undici',
  'httpxy',
  'fastify-http-proxy',
  'http-proxy',
  'tcp-pipe',
]
const MAIN = ['nuncio', 'nginx', 'haproxy', 'envoy', 'node-undici']

function load(name: string, title: string, about: string, rest: Partial<Scenario>): Scenario {
  return {
    name,
    title,
    about,
    kind: 'load',
    bodyBytes: 1024,
    connections: 64,
    newConnections: false,
    tls: false,
    layer: 'http',
    webSocket: false,
    variants: [PLAIN],
    peers: MAIN,
    deciding: [],
    ...rest,
  }
}

const KEPT = 'HTTP/1.1, connections kept alive, no pipelining'

export const SCENARIOS: readonly Scenario[] = [
  load('keepalive-1k', '1 KiB, keep-alive, 64 connections', `${KEPT}, answers of 1 KiB: the figure that decides.`, {
    peers: EVERYBODY,
    deciding: ['nuncio', 'nginx', 'haproxy'],
  }),
  load('keepalive-1k-c1', '1 KiB, keep-alive, 1 connection', `${KEPT}; one request at a time, so nothing is batched.`, {
    connections: 1,
  }),
  load('keepalive-1k-c512', '1 KiB, keep-alive, 512 connections', `${KEPT}; many connections, each served rarely.`, {
    connections: 512,
  }),
  load('keepalive-16k', '16 KiB, keep-alive, 64 connections', `${KEPT}, answers of 16 KiB.`, {
    bodyBytes: 16 * 1024,
    deciding: ['nuncio', 'nginx'],
  }),
  load('body-1m', '1 MiB, keep-alive, 16 connections', `${KEPT}, answers of 1 MiB: what streaming costs.`, {
    bodyBytes: 1024 * 1024,
    connections: 16,
  }),
  load('new-connections', 'A new connection for each request', 'HTTP/1.1, 16 at a time, `Connection: close`, 1 KiB.', {
    connections: 16,
    newConnections: true,
  }),
  load('tls-keepalive', 'TLS termination, keep-alive', `TLS 1.3 from the client, ${KEPT}, 1 KiB.`, {
    tls: true,
    deciding: ['nuncio', 'nginx'],
  }),
  load(
    'tls-new-connections',
    'TLS, a new connection for each request',
    'A full TLS 1.3 handshake each, 8 at a time, 1 KiB.',
    {
      connections: 8,
      newConnections: true,
      tls: true,
    },
  ),
  load(
    'routes',
    '10 000 routes against 10',
    'Prefix routes of one virtual host; the requests are spread over the table.',
    {
      variants: [
        { ...PLAIN, label: '10 routes' },
        { ...PLAIN, label: '10000 routes', routes: 10_000 },
      ],
      peers: ['nuncio', 'nginx', 'haproxy', 'envoy'],
      deciding: ['nuncio'],
    },
  ),
  load(
    'filters',
    'Ten pass-through filters against none',
    'CORS filters without a policy: each is asked about every request and has nothing to do.',
    {
      variants: [
        { ...PLAIN, label: 'no filter' },
        { ...PLAIN, label: '10 filters', filters: 10 },
      ],
      peers: ['nuncio', 'envoy'],
      deciding: ['nuncio'],
    },
  ),
  load('access-log', 'JSON access log to a file against none', 'Twelve fields a line, buffered where the proxy can.', {
    variants: [
      { ...PLAIN, label: 'log off' },
      { ...PLAIN, label: 'JSON log', accessLog: 'json' },
    ],
    peers: ['nuncio', 'nginx', 'haproxy', 'envoy'],
    deciding: ['nuncio', 'nginx'],
  }),
  load('idle', 'Memory of idle connections', 'RSS for each keep-alive connection with one request behind it.', {
    kind: 'idle',
    connections: 4000,
  }),
  load('idle-websocket', 'Memory of idle WebSockets', 'RSS for each WebSocket that was opened and says nothing.', {
    kind: 'idle',
    connections: 2000,
    webSocket: true,
    peers: ['nuncio', 'envoy'],
  }),
  load(
    'tcp-proxy',
    'TCP, 1 KiB, 64 connections',
    'Bytes passed on as they are; requests of 1 KiB answers go through.',
    {
      layer: 'tcp',
      peers: ['direct', 'nuncio', 'haproxy', 'envoy', 'tcp-pipe'],
      deciding: ['nuncio', 'tcp-pipe'],
    },
  ),
  load('tcp-proxy-1m', 'TCP, 1 MiB, 16 connections', 'Bytes passed on as they are; answers of 1 MiB go through.', {
    layer: 'tcp',
    bodyBytes: 1024 * 1024,
    connections: 16,
    peers: ['direct', 'nuncio', 'haproxy', 'envoy', 'tcp-pipe'],
    deciding: ['nuncio', 'haproxy', 'tcp-pipe'],
  }),
  load('http2', 'HTTP/2 to HTTP/1.1, 8 connections', 'h2c, eight streams at once on each of 8 connections, 1 KiB.', {
    layer: 'http2',
    connections: 8,
    peers: ['nuncio', 'nginx', 'haproxy', 'envoy'],
    deciding: ['nuncio', 'nginx'],
  }),
  load('growth', 'Memory over a million requests', 'RSS before and after; what is left behind would show.', {
    kind: 'growth',
    peers: ['nuncio', 'nginx'],
  }),
]

/** Ten paths spread evenly over the routes, so that every table sees the same number of different requests. */
export function pathsOf(variant: Variant): string[] {
  return Array.from(
    { length: 10 },
    (_, i) => `${routePrefix(Math.floor((i * variant.routes) / 10))}items/${i}?color=blue`,
  )
}
