// Look-ups, building and memory of large route tables: `node --conditions=@nuncio/source --expose-gc` and this file.
import { bench, do_not_optimize, run } from 'mitata'
import type { Message } from '@nuncio/config'
import { type RequestHeaders, requestHeaders } from '@nuncio/core'
import { compileRouteTable } from './compile-route-table.ts'

type Config = Message<'envoy.config.route.v3.RouteConfiguration'>

function manyHosts(hosts: number, routes: number): Config {
  return {
    virtual_hosts: Array.from({ length: hosts }, (_, i) => ({
      name: `host-${i}`,
      domains: [`host-${i}.example.com`, `*.host-${i}.example.net`],
      routes: Array.from({ length: routes }, (_none, k) => ({
        match: k === routes - 1 ? { prefix: '/' } : { prefix: `/service-${k}/` },
        route: { cluster: `cluster-${k}` },
      })),
    })),
  }
}

function manyRoutes(count: number): Config {
  const routes = Array.from({ length: count }, (_, i) => {
    const text = `/api/v${i % 7}/resource-${i}`
    return {
      match: i % 3 === 0 ? { path: text } : { prefix: `${text}/` },
      route: { cluster: `cluster-${i}`, prefix_rewrite: '/' },
    }
  })
  return {
    virtual_hosts: [
      { name: 'all', domains: ['*'], routes: [...routes, { match: { prefix: '/' }, route: { cluster: 'rest' } }] },
    ],
  }
}

function request(authority: string, path: string): RequestHeaders {
  const headers = requestHeaders([
    ['x-forwarded-proto', 'http'],
    ['user-agent', 'bench'],
  ])
  headers.authority = authority
  headers.path = path
  headers.method = 'GET'
  return headers
}

function build(name: string, config: Config) {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  const table = compileRouteTable(config, { report: (problem) => console.log(problem) })
  const took = performance.now() - start
  collect?.()
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20
  console.log(
    `${name}: built in ${took.toFixed(0)} ms, ${collect === undefined ? 'memory unknown' : `${megabytes.toFixed(1)} MiB`}`,
  )
  return table
}

const hosts = build('10 000 virtual hosts of 10 routes', manyHosts(10_000, 10))
const routes = build('one virtual host of 10 000 routes', manyRoutes(10_000))

const lookups: [string, typeof hosts, RequestHeaders][] = [
  ['exact host, 5th route', hosts, request('host-7777.example.com', '/service-4/users/1?x=2')],
  ['exact host, last route', hosts, request('host-1.example.com', '/none')],
  ['wildcard host', hosts, request('a.b.host-5000.example.net', '/service-0/x')],
  ['unknown host', hosts, request('unknown.example.org', '/')],
  ['10 000 routes: exact path', routes, request('h', '/api/v3/resource-9999')],
  ['10 000 routes: prefix and query', routes, request('h', '/api/v3/resource-5000/items/7?a=b&c=d')],
  ['10 000 routes: falls to the last', routes, request('h', '/static/app.js')],
]
for (const [name, table, headers] of lookups) {
  bench(name, () => do_not_optimize(table.route(headers, undefined, 5)))
}
await run()
