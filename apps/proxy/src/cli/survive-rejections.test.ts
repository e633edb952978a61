import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ServingBinary } from '../testing/run-binary.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-dropped-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const TYPE = 'acme.filters.v1.Drops'
const YAML = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: main
                http_filters:
                  - { name: drops, typed_config: { '@type': type.googleapis.com/${TYPE} } }
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
`

test('a promise that a filter from outside drops and that rejects is told and counted, and the proxy goes on', async () => {
  const module = path.join(folder, 'drops.mjs')
  writeFileSync(
    module,
    `export const drops = {
      name: '${TYPE}', stability: 'wip',
      config: { type: '${TYPE}', honours: { '${TYPE}': '*' }, messages: { '${TYPE}': { f: {} } } },
      create: () => () => ({ onRequestHeaders() { void Promise.reject(new Error('dropped')) } }),
    }`,
  )
  await using proxy = await ServingBinary.start(YAML, '--filter', module)
  const url = `http://127.0.0.1:${proxy.ports.get('main')!}/`
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url)).status).toBe(200)
  const stats = await (await fetch(`http://${proxy.admin}/stats?filter=unhandled_rejection`)).text()
  expect(stats.trim()).toBe('server.unhandled_rejection: 2')
  expect(proxy.log()).toContain('a promise that nobody waits for was rejected: Error: dropped')
  expect(await proxy.stop()).toBe(0)
})
