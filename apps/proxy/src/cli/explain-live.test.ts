import { explainRequest, openConfig } from '@nuncio/checks'
import { SeededRandom } from '@nuncio/core'
import { createServer } from '@nuncio/server'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'

const REQUESTS = 100

/** One choice after the other, the same in each run. */
class Chooser {
  readonly #random: SeededRandom
  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }
  of<T>(items: readonly T[]): T {
    return items[this.#random.uint32() % items.length]!
  }
  some<T>(count: number, make: () => T): T[] {
    return Array.from({ length: 1 + (this.#random.uint32() % count) }, make)
  }
}

function routeText(choose: Chooser): string {
  const match = choose.of([
    'prefix: /',
    'prefix: /a',
    'path: /ab',
    'path_separated_prefix: /a',
    'safe_regex: { regex: "/[a-b]+/.*" }',
    'prefix: /A, case_sensitive: false',
    'prefix: /c',
    'path: /b',
  ])
  const more = choose.of([
    '', '', '', ', headers: [{ name: x-a, string_match: { exact: "1" } }]', ', headers: [{ name: x-a, present_match: false }]',
    ', headers: [{ name: x-a, string_match: { prefix: "1" }, invert_match: true }]', ', headers: [{ name: ":method", string_match: { exact: POST } }]',
    ', headers: [{ name: x-envoy-internal, present_match: true }]', ', headers: [{ name: x-forwarded-proto, string_match: { exact: https } }]',
    ', query_parameters: [{ name: q, string_match: { exact: "1" } }]', ', runtime_fraction: { default_value: { numerator: 40 } }',
  ]) // prettier-ignore
  const action = choose.of([
    'route: { cluster: one }', 'route: { cluster: two, prefix_rewrite: /new }', 'route: { cluster: one, host_rewrite_literal: other.example }',
    'route: { cluster_header: x-cluster }', 'route: { weighted_clusters: { clusters: [{ name: one, weight: 40 }, { name: two, weight: 60 }] } }',
    'redirect: { path_redirect: /to, https_redirect: true }', 'redirect: { prefix_rewrite: /to, response_code: FOUND, strip_query: true }', 'direct_response: { status: 418 }',
  ]) // prettier-ignore
  return `- match: { ${match}${more} }\n  ${action}`
}

const MANAGERS = [
  '', 'use_remote_address: true', 'normalize_path: true', 'merge_slashes: true', 'strip_any_host_port: true', 'internal_address_config: {}',
  'use_remote_address: true, internal_address_config: {}', 'common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }',
  'common_http_protocol_options: { headers_with_underscores_action: DROP_HEADER }', 'normalize_path: true, use_remote_address: true',
] // prettier-ignore

const FILTER = 'type.googleapis.com/envoy.extensions.filters.http'
const filter = (name: string, type: string, config: string): string =>
  `{ name: ${name}, typed_config: { '@type': ${FILTER}.${type}, ${config} } }, `

const FILTERS = [
  '',
  filter('deny', 'rbac.v3.RBAC', 'rules: { action: DENY, policies: { p: { permissions: [{ header: { name: x-a, string_match: { exact: "12" } } }], principals: [{ any: true }] } } }'),
  filter('mutate', 'header_mutation.v3.HeaderMutation', 'mutations: { request_mutations: [{ append: { header: { key: x-cluster, value: two }, append_action: OVERWRITE_IF_EXISTS_OR_ADD } }, { append: { header: { key: x-a, value: "1" } } }] }'),
  filter('tag', 'ip_tagging.v3.IPTagging', 'ip_tag_header: { header: x-a }, ip_tags: [{ ip_tag_name: "1", ip_list: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }]'),
  filter('fault', 'fault.v3.HTTPFault', 'abort: { http_status: 555, percentage: { numerator: 40 } }, headers: [{ name: x-a }]'),
  filter('csrf', 'csrf.v3.CsrfPolicy', 'filter_enabled: { default_value: { numerator: 100 } }'),
] // prettier-ignore

function configText(choose: Chooser, manager: string): string {
  const hosts = choose.of([['"*"'], ['a.example', '"*"'], ['a.example', '"*.example"'], ['"a.example:8080"', '"a.*"']])
  const cluster = (name: string): string =>
    `{ name: ${name}, connect_timeout: 1s, load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }] } }`
  const virtualHosts = hosts.map((domain, i) => {
    const tls = choose.of(['', '', '', '  require_tls: ALL\n', '  require_tls: EXTERNAL_ONLY\n'])
    const routes = choose.some(20, () => routeText(choose)).join('\n')
    return `- name: v${i}\n  domains: [${domain}]\n${tls}  routes:\n${routes.replaceAll(/^/gm, '  ')}`
  })
  return `static_resources:
  listeners:
  - name: main
    address: { socket_address: { address: 127.0.0.1, port_value: 8080 } }
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: main
          ${manager.replaceAll(', ', '\n          ')}
          http_filters: [${choose.of(FILTERS)}${choose.of(FILTERS)}{ name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
          route_config:
            name: main
            virtual_hosts:
${virtualHosts.join('\n').replaceAll(/^/gm, '            ')}
  clusters: [${cluster('one')}, ${cluster('two')}]
`
}

interface Sent {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
}

function requestOf(choose: Chooser): Sent {
  const method = choose.of(['GET', 'GET', 'POST'])
  const headers: (readonly [string, string])[] = method === 'POST' ? [['content-length', '0']] : []
  const maybe = (name: string, values: readonly (string | undefined)[]): void => {
    const value = choose.of(values)
    if (value !== undefined) headers.push([name, value])
  }
  maybe('x-a', [undefined, '1', '12', '2', ''])
  maybe('x-cluster', [undefined, 'one', 'two', 'none'])
  maybe('x-forwarded-proto', [undefined, undefined, 'https', 'http'])
  maybe('x-forwarded-for', [undefined, undefined, '10.1.2.3', '192.0.2.1, 10.0.0.1'])
  maybe('x-envoy-internal', [undefined, undefined, 'true'])
  maybe('x_a', [undefined, undefined, undefined, '1'])
  const path = choose.of(['/', '/a', '/ab', '/A/x', '/a/../b', '//a', '/b/./c', '/c/d', '/bb/x', '/%00', '/z'])
  return {
    method,
    host: choose.of(['a.example', 'b.example', 'A.example', 'a.example:8080', 'a.org', 'c']),
    path: path + choose.of(['', '', '?q=1', '?q=2&q=1']),
    headers,
  }
}

/** What came back: of an upstream, which one and what it saw. */
interface Seen {
  readonly status: number
  readonly location: string
  readonly cluster: string
  readonly host: string
  readonly path: string
}

async function send(agent: http.Agent, port: number, { method, host, path, headers }: Sent): Promise<Seen> {
  const request = http.request({
    agent,
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: [['host', host], ...headers].flat() as unknown as http.OutgoingHttpHeaders,
  })
  request.end()
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
  await once(response, 'end')
  const header = (name: string): string => String(response.headers[name] ?? '')
  return {
    status: response.statusCode!,
    location: header('location'),
    cluster: header('x-origin'),
    host: header('x-saw-host'),
    path: header('x-saw-path'),
  }
}

async function origin(name: string): Promise<{ readonly address: string; close(): void }> {
  const server = http.createServer((request, response) => {
    response
      .writeHead(200, { 'x-origin': name, 'x-saw-host': request.headers.host ?? '', 'x-saw-path': request.url ?? '' })
      .end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.closeAllConnections() ?? server.close(),
  }
}

const CONFIGS = MANAGERS.length

test(`explain tells of ${CONFIGS * REQUESTS} requests what the proxy does with them`, async () => {
  const origins = { one: await origin('one'), two: await origin('two') }
  const counts = new Map<string, number>()
  for (let i = 0; i < CONFIGS; i++) {
    const choose = new Chooser(i + 1)
    const random = choose.of([0, 39, 40, 99])
    const text = configText(choose, MANAGERS[i]!)
    const view = openConfig(text, { file: 'live.yaml' })
    const server = await createServer(text, {
      file: 'live.yaml',
      ports: 'ephemeral',
      random: { uint32: () => random },
      endpoints: { one: [origins.one.address], two: [origins.two.address] },
    })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = 0; n < REQUESTS; n++) {
      const sent = requestOf(choose)
      const told = explainRequest(view, {
        method: sent.method,
        url: `http://${sent.host}${sent.path}`,
        headers: sent.headers,
        random,
      })
      const seen = await send(agent, server.listeners[0]!.port, sent)
      const label = `config ${i}, ${JSON.stringify(sent)}`
      counts.set(told.outcome, (counts.get(told.outcome) ?? 0) + 1)
      if (told.outcome === 'forward' && told.cluster!.known) {
        expect({ label, ...seen }).toMatchObject({
          label,
          status: 200,
          cluster: told.cluster!.name,
          host: told.routing!.rewrittenHost,
          path: told.routing!.rewrittenPath,
        })
      } else {
        // A cluster that is not there is answered with 503.
        expect({ label, ...seen }).toMatchObject({
          label,
          status: told.outcome === 'forward' ? 503 : told.status,
          location: told.location,
          cluster: '',
        })
      }
    }
    agent.destroy()
    await server.close()
  }
  for (const each of Object.values(origins)) each.close()
  for (const outcome of ['forward', 'redirect', 'direct_response', 'no_route', 'refused', 'filter_response'])
    expect(`${outcome} ${(counts.get(outcome) ?? 0) > 10}`).toBe(`${outcome} true`)
})
