import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { exchange, get, ok, RawOrigin } from '../test-support/raw-origin.ts'

// Whoever decides about a path has to see the one that is forwarded. The same requests go to a listener without a guard and
// to one with each guard, all of which keep /admin shut.

const SETTINGS = [
  '', 'normalize_path: true', 'merge_slashes: true', 'normalize_path: true, merge_slashes: true',
  ...['UNESCAPE_AND_FORWARD', 'UNESCAPE_AND_REDIRECT', 'REJECT_REQUEST'].map(
    (action) => `normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: ${action}`,
  ),
  'path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD',
] // prettier-ignore

const type = (name: string): string => `'@type': type.googleapis.com/envoy.extensions.filters.http.${name}`
const KEY = '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'
const GUARDS: Readonly<Record<string, string>> = {
  none: '',
  rbac: `{ name: rbac, typed_config: { ${type('rbac.v3.RBAC')}, rules: { action: DENY, policies: { admin: { permissions: [{ url_path: { path: { prefix: /admin } } }], principals: [{ any: true }] } } } } }`,
  jwt: `{ name: jwt, typed_config: { ${type('jwt_authn.v3.JwtAuthentication')}, providers: { p: { local_jwks: { inline_string: '${KEY}' } } }, rules: [{ match: { prefix: /admin }, requires: { provider_name: p } }] } }`,
  authz: `{ name: authz, typed_config: { ${type('ext_authz.v3.ExtAuthz')}, http_service: { server_uri: { uri: http://authz, cluster: authz, timeout: 5s } } } }`,
}
const REFUSED: Readonly<Record<string, string>> = { rbac: '403', jwt: '401', authz: '403' }

function listener(guard: string, index: number): string {
  const settings = SETTINGS[index] === '' ? '' : `, ${SETTINGS[index]}`
  const routes = `[{ match: { prefix: /admin }, request_headers_to_add: [{ header: { key: x-route, value: admin } }], route: { cluster: app } }, { match: { prefix: '' }, route: { cluster: app } }]`
  const router = `{ name: router, typed_config: { ${type('router.v3.Router')} } }`
  const filters = [GUARDS[guard], router].filter((one) => one !== '').join(', ')
  return `  - name: ${guard}${index}
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains: [{ filters: [{ name: hcm, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: t${settings}, http_filters: [${filters}], route_config: { virtual_hosts: [{ name: v, domains: ['*'], routes: ${routes} }] } } }] }]`
}

function targetOf(head: string): string {
  return head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/1.1\r\n'))
}
let server: Server
let app: RawOrigin
let authz: RawOrigin
beforeAll(async () => {
  app = await RawOrigin.start((socket, head) => {
    socket.write(ok(`${head.includes('x-route: admin') ? 'A' : '-'} ${targetOf(head)}`), 'latin1')
  })
  authz = await RawOrigin.start((socket, head) => {
    socket.write(targetOf(head).startsWith('/admin') ? ok('').replace('200 OK', '403 Forbidden') : ok(''))
  })
  const listeners = Object.keys(GUARDS).flatMap((guard) => SETTINGS.map((_, i) => listener(guard, i)))
  const clusters = ['app', 'authz'].map((name) => `  - { name: ${name}, connect_timeout: 1s, load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }] } }`) // prettier-ignore
  const text = ['static_resources:', '  listeners:', ...listeners, '  clusters:', ...clusters].join('\n')
  server = await createServer(text, { ports: 'ephemeral', endpoints: { app: [app.address], authz: [authz.address] } })
})
afterAll(async () => {
  await server.close()
  await app[Symbol.asyncDispose]()
  await authz[Symbol.asyncDispose]()
})

/** The body of a 200, or the status, and for a redirect where it leads. */
async function ask(name: string, target: string): Promise<string> {
  const { port } = server.listeners.find((one) => one.name === name)!
  const [head = '', body = ''] = (await exchange(port, get(target))).split('\r\n\r\n')
  const status = head.split(' ')[1] ?? 'nothing'
  const location = /location: (.*)/i.exec(head)?.[1]?.trim()
  return status === '200' ? body : location === undefined ? status : `${status} ${location}`
}

const VECTORS = readFileSync(new URL('path-vectors.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))

test('there are enough of them', () => {
  expect([VECTORS.length >= 60, VECTORS.every((row) => row.length === 9)]).toEqual([true, true])
})

test.each(VECTORS)('%s is one path to all', async (target, ...expected) => {
  const answers = await Promise.all(SETTINGS.map((_, i) => ask(`none${i}`, target)))
  expect(answers).toEqual(expected)
  const guarded = await Promise.all(
    Object.keys(REFUSED).map(async (guard) => await Promise.all(SETTINGS.map((_, i) => ask(`${guard}${i}`, target)))),
  )
  expect(guarded).toEqual(
    Object.values(REFUSED).map((refused) => expected.map((one) => (one.startsWith('A ') ? refused : one))),
  )
})
