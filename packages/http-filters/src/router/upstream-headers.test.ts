import { requestHeaders } from '@nuncio/core'
import { compileRouteTable, type ForwardRoute } from '@nuncio/router'
import { describe, expect, it } from 'vitest'
import { RouterBench } from './testing/router-bench.ts'

/** What the upstream is told by a route that rewrites both path and host. */
function told(virtualHost: object = {}, config: object = {}): (name: string) => string | undefined {
  const action = { cluster: 'upstream', prefix_rewrite: '/new', host_rewrite_literal: 'new', timeout: 2000 }
  const host = { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/old' }, route: action }], ...virtualHost }
  const table = compileRouteTable({ virtual_hosts: [host] }, { report: () => {} })
  const headers = requestHeaders([[':method', 'GET'], [':path', '/old/x'], [':authority', 'old'], [':scheme', 'http']]) // prettier-ignore
  const route = table.route(headers, undefined, 0) as ForwardRoute
  const bench = new RouterBench({ config, routes: () => route })
  bench.stream.start(headers, true)
  return (name) => bench.attempt(0).headers!.get(name)
}

describe('what the router tells the upstream of a request', () => {
  it.each([
    ['x-envoy-original-path', '/old/x'],
    ['x-envoy-original-host', 'old'],
    ['x-envoy-expected-rq-timeout-ms', '2000'],
  ])('%s, unless suppress_envoy_headers', (name, value) => {
    expect([told()(name), told({}, { suppress_envoy_headers: true })(name)]).toEqual([value, undefined])
  })

  it('x-envoy-attempt-count when the virtual host includes it, suppressed or not', () => {
    const counting = { include_request_attempt_count: true }
    const seen = [told(), told(counting), told(counting, { suppress_envoy_headers: true })]
    expect(seen.map((get) => get('x-envoy-attempt-count'))).toEqual([undefined, '1', '1'])
  })

  it('the port of a CONNECT that was taken off its host for the sake of routes', () => {
    const bench = new RouterBench({})
    bench.stream.info.connectPort = ':443'
    bench.stream.start(
      requestHeaders([
        [':method', 'CONNECT'],
        [':authority', 'far.test'],
      ]),
      false,
    )
    expect(bench.attempt(0).headers!.authority).toBe('far.test:443')
  })
})
