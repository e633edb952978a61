import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { until } from '../test-support/raw-origin.ts'
import { selfSigned } from '@nuncio/tls/testing'

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'
const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

interface Pem {
  readonly cert: string
  readonly key: string
}

const block = (pem: string): string => JSON.stringify(pem)

/** A bootstrap whose listener has its certificate from a static secret. */
function secured({ cert, key }: Pem, name = 'server'): string {
  return `
static_resources:
  secrets:
    - name: ${name}
      tls_certificate:
        certificate_chain: { inline_string: ${block(cert)} }
        private_key: { inline_string: ${block(key)} }
  listeners:
    - name: main
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              '@type': ${TLS}
              common_tls_context: { tls_certificate_sds_secret_configs: [{ name: server }] }
          filters:
            - name: http
              typed_config:
                '@type': ${HCM}
                stat_prefix: test
                http_filters:
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 204 } }] }
`
}

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {})
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  return socket
}

const nameOf = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN

describe('a certificate in a reload', () => {
  test('is used for new handshakes, and no connection is dropped', async () => {
    const [one, two] = [selfSigned({ commonName: 'one' }), selfSigned({ commonName: 'two' })]
    await using server = await createServer(secured(one))
    const { port } = server.listeners[0]!
    const first = await open(port)
    expect(nameOf(first)).toBe('one')
    expect(await server.reload(secured(two))).toMatchObject({ outcome: 'applied', diff: { closes: [] } })
    const second = await open(port)
    expect(nameOf(second)).toBe('two')
    let text = ''
    first.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await until(() => text.endsWith('\r\n\r\n'))
    expect(text).not.toContain('connection: close')
    expect(server.stats.gauge('http.test.downstream_cx_active').value).toBe(2)
    for (const socket of [first, second]) socket.destroy()
  })

  test('that does not match its key is refused with its line, and the old one stays', async () => {
    const [one, two] = [selfSigned({ commonName: 'one' }), selfSigned({ commonName: 'two' })]
    await using server = await createServer(secured(one))
    const outcome = await server.reload(secured({ cert: two.cert, key: one.key }))
    expect(outcome).toMatchObject({ outcome: 'rejected', generation: 1 })
    expect(outcome.problems[0]).toMatchObject({ severity: 'error', line: expect.any(Number) })
    expect(outcome.problems[0]!.path).toContain('static_resources.secrets[0].tls_certificate')
    expect(outcome.problems[0]!.line).toBeGreaterThan(3)
    expect(server.stats.counter('server.reload_rejected').value).toBe(1)
    const socket = await open(server.listeners[0]!.port)
    expect(nameOf(socket)).toBe('one')
    socket.destroy()
  })

  test('that goes while somebody names it is refused', async () => {
    const one = selfSigned({ commonName: 'one' })
    await using server = await createServer(secured(one))
    const outcome = await server.reload(secured(one, 'other'))
    expect(outcome).toMatchObject({ outcome: 'rejected', problems: [{ code: 'dangling-reference' }] })
  })
})
