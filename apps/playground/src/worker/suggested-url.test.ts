import { openConfig } from '@nuncio/checks'
import { expect, test } from 'vitest'
import { suggestedUrl } from './suggested-url.ts'

const routes = (domain: string, match: string): string =>
  `{ virtual_hosts: [{ name: v, domains: ['${domain}'], routes: [{ match: { ${match} }, route: { cluster: c } }] }] }`

const listener = (port: number, more = '', domain = '*'): string => `static_resources:
  listeners:
  - address: { socket_address: { address: 0.0.0.0, port_value: ${port} } }
    filter_chains:
    - ${more}
      filters:
      - name: http
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: s
          route_config: ${routes(domain, 'prefix: /a')}
`
const TLS =
  "transport_socket: { name: tls, typed_config: { '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext } }"

test.each([
  ['*', 'prefix: /', 'http://localhost/'],
  ['shop.example', 'path: /cart', 'http://shop.example/cart'],
  ['shop.example:8080', 'path_separated_prefix: /a/b', 'http://shop.example:8080/a/b'],
  ['shop.example:*', 'safe_regex: { regex: "/[0-9]+" }', 'http://shop.example/'],
  ['*.shop.example', "prefix: '/a b'", 'http://www.shop.example/'],
  ['shop.*', 'prefix: ""', 'http://shop.example/'],
])('of the domain %s and a route with %s it is %s', (domain, match, url) => {
  expect(suggestedUrl(openConfig(routes(domain, match)))).toBe(url)
})

// A domain without a port does not fit a host with one.
test.each([
  [listener(80), 'http://localhost/a'],
  [listener(8080), 'http://localhost:8080/a'],
  [listener(443, TLS), 'https://localhost/a'],
  [listener(8443, TLS), 'https://localhost:8443/a'],
  [listener(8080, '', 'shop.example'), 'http://shop.example/a'],
  [listener(8080, '', '*.shop.example:*'), 'http://www.shop.example:8080/a'],
  ['admin: {}', ''],
  ['{', ''],
])('names the scheme and the port of the listener', (text, url) => {
  expect(suggestedUrl(openConfig(text))).toBe(url)
})
