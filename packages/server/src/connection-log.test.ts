import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { exchange, get, ok, RawOrigin, until } from './test-support/raw-origin.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = (): string => path.join(folder, 'connections.log')

function configuration(format: string, filter: string, match = ''): string {
  return `static_resources:
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      access_log:
        - name: file
          typed_config:
            '@type': ${TYPE}.access_loggers.file.v3.FileAccessLog
            path: ${file()}
            log_format: { text_format_source: { inline_string: "${format}\\n" } }
      filter_chains: [{ ${match} filters: [{ name: f, typed_config: { ${filter} } }] }]
  clusters:
    - name: app
      load_assignment:
        cluster_name: app
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]`
}
const TCP = `'@type': ${TYPE}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: app`
const HTTP = `'@type': ${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: h,
        http_filters: [{ name: router, typed_config: { '@type': ${TYPE}.filters.http.router.v3.Router } }],
        route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }`
const FORMAT = '%ACCESS_LOG_TYPE% %PROTOCOL% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT%'

/** What the log has when everything is over. */
async function logged(text: string, talk: (port: number) => Promise<unknown>): Promise<string[]> {
  await using origin = await RawOrigin.start((socket) => socket.end(ok('hello')))
  const server = await createServer(text, { endpoints: { app: [origin.address] } })
  await talk(server.listeners[0]!.port)
  await server.close()
  return readFileSync(file(), 'utf8').trim().split('\n')
}

test('a connection through tcp_proxy is logged with all that its session knows', async () => {
  const lines = await logged(configuration(FORMAT, TCP), (port) => exchange(port, get()))
  const [type, protocol, flags, cluster, received, sent] = lines[0]!.split(' ')
  expect([type, protocol, flags, cluster]).toEqual(['NotSet', '-', '-', 'app'])
  expect(Number(received)).toBe(get().length)
  expect(Number(sent)).toBe(ok('hello').length)
  expect(lines).toHaveLength(1)
})

test('an HTTP connection is logged once, with the bytes of all its requests', async () => {
  const requests = `GET /1 HTTP/1.1\r\nhost: a\r\n\r\n${get()}`
  const [line, ...more] = await logged(configuration(FORMAT, HTTP), (port) => exchange(port, requests))
  expect(line).toMatch(new RegExp(`^NotSet HTTP/1.1 - - ${requests.length} \\d{3}$`))
  expect(more).toEqual([])
})

test('what is no HTTP is logged with its flag', async () => {
  const lines = await logged(configuration(FORMAT, HTTP), (port) => exchange(port, 'RUBBISH\r\n\r\n'))
  expect(lines[0]).toMatch(/^NotSet - DPE - 11 \d+$/)
})

test('a connection that no filter chain takes is logged', async () => {
  const match = 'filter_chain_match: { source_prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] },'
  const format = `${FORMAT} %RESPONSE_CODE_DETAILS%`
  const lines = await logged(configuration(format, TCP, match), async (port) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await until(() => socket.destroyed)
  })
  expect(lines).toEqual(['NotSet - NR - 0 0 filter_chain_not_found'])
})

test('a format that is none is told with its place', async () => {
  await expect(createServer(configuration('%NOPE%', TCP))).rejects.toMatchObject({
    problems: [{ path: expect.stringContaining('static_resources.listeners[0].access_log'), line: expect.any(Number) }],
  })
})
