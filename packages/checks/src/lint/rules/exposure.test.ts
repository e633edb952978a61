import { describe, expect, it } from 'vitest'
import { bootstrap, cluster, findings } from '../../testing/yaml.ts'
import { lint } from '../lint.ts'
import { viewOf } from '../../testing/yaml.ts'

const EDGE = [
  'edge-remote-address',
  'edge-path-normalization',
  'edge-underscores',
  'edge-timeouts',
  'edge-buffer-limits',
  'edge-connection-limit',
  'edge-http2-limits',
  'trusts-forwarded-proto',
]

describe('edge rules', () => {
  it('leave listeners on loopback and outbound ones alone', () => {
    expect(lint(viewOf(bootstrap()), { only: EDGE })).toEqual([])
    expect(
      lint(viewOf(bootstrap({ address: '0.0.0.0', listener: 'traffic_direction: OUTBOUND' })), { only: EDGE }),
    ).toEqual([])
  })

  it('find everything that a bare listener on 0.0.0.0 lacks', () => {
    const found = lint(viewOf(bootstrap({ address: '0.0.0.0', manager: 'codec_type: HTTP2' })), { only: EDGE })
    expect(found.map(({ code }) => code).toSorted()).toEqual(
      EDGE.filter((code) => code !== 'trusts-forwarded-proto').toSorted(),
    )
  })

  it('are content with a listener that follows them', () => {
    const manager = `
      use_remote_address: true
      normalize_path: true
      merge_slashes: true
      path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT
      request_headers_timeout: 10s
      common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }
      http2_protocol_options: { max_concurrent_streams: 100 }`
    const listener = 'per_connection_buffer_limit_bytes: 32768'
    const rest = `
      layered_runtime:
        layers:
        - name: static
          static_layer: { overload: { global_downstream_max_connections: 1000 } }`
    expect(lint(viewOf(bootstrap({ address: '0.0.0.0', manager, listener, rest })), { only: EDGE })).toEqual([])
  })

  it('find timeouts that are switched off', () => {
    const manager = 'request_timeout: 60s\nstream_idle_timeout: 0s\ncommon_http_protocol_options: { idle_timeout: 0s }'
    expect(
      findings('edge-timeouts', bootstrap({ address: '0.0.0.0', manager })).map((text) => text.replace(/^\d+: /, '')),
    ).toEqual([
      'listener "main" never ends a silent stream: stream_idle_timeout is 0',
      'listener "main" keeps idle connections for ever: idle_timeout is 0',
    ])
  })

  it('find require_tls that believes the client', () => {
    const routeConfig = `
      virtual_hosts:
      - name: shop
        domains: ['*']
        require_tls: ALL
        routes: [{ match: { prefix: / }, route: { cluster: a } }]`
    expect(findings('trusts-forwarded-proto', bootstrap({ address: '0.0.0.0', routeConfig }))).toHaveLength(1)
    expect(
      findings(
        'trusts-forwarded-proto',
        bootstrap({ address: '0.0.0.0', routeConfig, manager: 'use_remote_address: true' }),
      ),
    ).toEqual([])
  })
})

describe('admin-open', () => {
  it('finds an admin interface for all the world', () => {
    const admin = (address: string): string =>
      `admin: { address: { socket_address: { address: "${address}", port_value: 9901 } } }`
    expect(findings('admin-open', bootstrap({ rest: admin('0.0.0.0') }))).toEqual([
      '1: the admin interface listens on 0.0.0.0, where other machines reach it',
    ])
    expect(findings('admin-open', bootstrap({ rest: admin('::') }))).toHaveLength(1)
    expect(findings('admin-open', bootstrap({ rest: admin('127.0.0.2') }))).toEqual([])
    expect(findings('admin-open', bootstrap({ rest: admin('::1') }))).toEqual([])
  })
})

describe('plain-text-secret', () => {
  it('finds keys and credentials in the file, and shows none of them', () => {
    const routeConfig = `
      request_headers_to_add:
      - { header: { key: Authorization, value: "Bearer very-secret" } }
      - { header: { key: Authorization, value: "%REQ(x-token)%" } }
      virtual_hosts:
      - name: all
        domains: ['*']
        routes: [{ match: { prefix: / }, route: { cluster: a } }]`
    const clusters = cluster(
      'a',
      1,
      `
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context:
            tls_certificates:
            - certificate_chain: { filename: cert.pem }
              private_key: { inline_string: very-secret }
            - certificate_chain: { filename: cert.pem }
              private_key: { filename: key.pem }`,
    )
    const found = findings('plain-text-secret', bootstrap({ routeConfig, clusters }))
    expect(found.map((text) => text.replace(/^\d+: /, ''))).toEqual([
      'the value of "Authorization" stands in the file',
      'the secret "private_key" stands in the file',
    ])
    expect(found.join()).not.toContain('very-secret')
  })
})

describe('buffers-event-stream', () => {
  const filters = (config: string): string =>
    bootstrap().replace(
      '          http_filters:\n',
      `          http_filters:\n          - name: first\n            typed_config: ${config}\n`,
    )
  const type = (name: string): string => `'@type': type.googleapis.com/envoy.extensions.filters.http.${name}`
  it('finds filters that collect bodies', () => {
    expect(
      findings('buffers-event-stream', filters(`{ ${type('buffer.v3.Buffer')}, max_request_bytes: 1024 }`)),
    ).toEqual([expect.stringContaining('the filter "first" waits for the whole request')])
  })
})
