import { type ConfigView, openConfig, tellRequest, type ToldRequest } from '@nuncio/checks'
import { createServer, type Server } from '@nuncio/server'
import fc from 'fast-check'
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { Tree } from '../model/document.ts'
import { configurationText, REFUSED_PORT } from '../play/configuration.ts'
import { listener } from './listeners.ts'
import { documentOf, type Pair } from './pairs.ts'
import { request } from './requests.ts'
import { virtualHost } from './routes.ts'

const PAIRS = 150
const PLATFORM = { sha1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest(), timingSafeEqual }

/** Without what no route decides: sizes, TLS, and what answers are rewritten to. */
function plain({ hcm, router: _router, filter_chain: _chain, listener: _listener, ...parts }: Tree): Tree {
  const {
    local_reply_config: _reply,
    proxy_status_config: _status,
    max_request_headers_kb: _size,
    ...kept
  } = hcm as Tree
  return { ...parts, hcm: kept }
}

/** What is known only once a request is under way: an explanation has no connections and no answers. */
const UNDER_WAY =
  /%(?:RESP|TRAILER|BYTES|UPSTREAM|CLUSTER|METADATA\((?:CLUSTER|UPSTREAM)|VIRTUAL_CLUSTER|FILTER_CHAIN|CONNECTION|ENVIRONMENT|GRPC|REQUESTED_SERVER|DOWNSTREAM_(?!REMOTE_ADDRESS_WITHOUT))/

const pair: fc.Arbitrary<Pair> = fc
  .record({ host: virtualHost, request, listener })
  .filter(({ host, listener: { route_config } }) => !UNDER_WAY.test(JSON.stringify([host, route_config])))
  .map((each) => ({
    kind: 'explained',
    host: each.host,
    request: { ...each.request, protocol: undefined, trailers: undefined, sni: undefined },
    listener: plain(each.listener),
    clusters: { x: { endpoints: ['a'] }, y: { endpoints: ['b'] } },
  }))

/** A request of a pair, as it is sent and as it is explained. */
interface Asked {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
}

function askedOf({ method, path, port, headers, body }: Tree, at: number): Asked {
  const text = body === undefined ? undefined : (body as string)
  const lines = Object.entries(headers as Readonly<Record<string, string>>)
  return {
    method: method as string,
    target: path as string,
    headers: [
      ['host', `h${at}.test${port as string}`],
      ...lines.map(([name, value]) => [name, value.trim()] as const),
      ...(text === undefined ? [] : [['content-length', String(text.length)] as const]),
    ],
    body: text,
  }
}

/** Origins that answer 200, and remember what came last. */
class Origins {
  received: { readonly origin: string; readonly path: string; readonly headers: http.IncomingHttpHeaders } | undefined
  readonly #servers: http.Server[] = []

  async open(name: string): Promise<{ readonly port: number }> {
    const server = http.createServer(({ url: path = '', headers }, response) => {
      this.received = { origin: name, path, headers }
      response.end()
    })
    this.#servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { port: (server.address() as AddressInfo).port }
  }
  close(): void {
    for (const server of this.#servers) server.close()
  }
}

async function send(port: number, { method, target: path, headers, body }: Asked): Promise<http.IncomingMessage> {
  // Pairs of names and values in one list are sent as they are.
  const raw = headers.flat() as unknown as http.OutgoingHttpHeaders
  const sent = http.request({ port, host: '127.0.0.1', method, path, agent: false, headers: raw })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response
}

/** Fields that only routes and filters write. */
const COMPARED = ['x-a', 'x-b', 'x-c', 'x-new', 'x-other', 'x-client', 'x-none', 'user-agent', 'cookie'] as const

type Seen = readonly (readonly [what: string, value: unknown])[]

/** As an HTTP/1 reader has them: without the blanks around each. Ports are chance. */
const wire = (values: readonly string[]): string =>
  values.map((value) => value.trim().replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')).join(', ')

/** What a told request has to look like at the client and the origin. */
function expected({ explanation, decision }: ToldRequest): Seen {
  const { outcome, status, grpcStatus = '', location, routing } = explanation
  if (outcome !== 'forward') {
    const seen = grpcStatus === '' ? status : 200
    return [['origin', ''], ['status', seen], ['grpc-status', String(grpcStatus)], ['location', location]] // prettier-ignore
  }
  const { route, request: prepared } = decision
  if (route?.kind === 'forward') route.finalizeRequestHeaders(prepared.headers, prepared.info, false)
  const fields = COMPARED.map((name) => [name, wire(prepared.headers.getAll(name))] as const)
  return [['path', routing?.rewrittenPath], ['host', routing?.rewrittenHost], ...fields]
}

function found({ outcome }: ToldRequest['explanation'], response: http.IncomingMessage, origins: Origins): Seen {
  const { received } = origins
  if (outcome !== 'forward') {
    const { 'grpc-status': grpc = '', location = '' } = response.headers
    return [['origin', received?.origin ?? ''], ['status', response.statusCode], ['grpc-status', grpc], ['location', location]] // prettier-ignore
  }
  const fields = COMPARED.map((name) => [name, wire([received?.headers[name] ?? ''].flat())] as const)
  return [['path', received?.path], ['host', received?.headers.host], ...fields]
}

/** Clusters that may have no host for a request, or speak HTTP/2 with their origin; those without a name are not there. */
const UNCERTAIN = new Set(['s', 'h'])

/** Whether the explanation is about all that happens. */
function isWhole({ outcome, filters, cluster }: ToldRequest['explanation']): boolean {
  if (filters.some(({ text }) => /is not run|holds the request/.test(text))) return false
  return outcome !== 'forward' || (cluster?.known === true && !UNCERTAIN.has(cluster.name))
}

async function compare(view: ConfigView, server: Server, origins: Origins, asked: Asked, at: number): Promise<string> {
  const { method, target, headers } = asked
  const told = tellRequest(view, { method, url: `http://${headers[0]![1]}${target}`, headers }, { listener: `l${at}`, platform: PLATFORM }) // prettier-ignore
  if (!isWhole(told.explanation)) return 'not compared'
  origins.received = undefined
  const { port } = server.listeners.find(({ name }) => name === `l${at}`)!
  const response = await send(port, asked)
  expect({ at, asked, seen: found(told.explanation, response, origins) }).toEqual({ at, asked, seen: expected(told) })
  return told.explanation.outcome
}

test(`explain tells of ${PAIRS} generated requests what the proxy does with them`, async () => {
  const pairs = fc.sample(pair, { seed: 9, numRuns: PAIRS })
  const { config, origins: scripts } = documentOf('generated/explained', pairs).document
  const origins = new Origins()
  const ports = await Promise.all(Object.keys(scripts).map(async (name) => [name, await origins.open(name)] as const))
  const text = configurationText(config, scripts, { folder: '/tmp', origins: new Map(ports), refused: REFUSED_PORT })
  const view = openConfig(text)
  const server = await createServer(text, { ports: 'ephemeral', random: { uint32: () => 0 } })
  const counts = new Map<string, number>()
  try {
    for (const [at, each] of pairs.entries()) {
      const outcome = await compare(view, server, origins, askedOf(each.request, at), at)
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    }
  } finally {
    origins.close()
    await server.close()
  }
  for (const outcome of ['forward', 'redirect', 'no_route', 'filter_response'])
    expect(`${outcome} ${(counts.get(outcome) ?? 0) > 3}`).toBe(`${outcome} true`)
}, 60_000)
