import { describe, expect, test } from 'vitest'
import { loadBootstrap } from '../load/load-bootstrap.ts'
import { load } from '../load/load.ts'
import { durationText, redact, toJson } from './to-json.ts'

const TLS = 'envoy.extensions.transport_sockets.tls.v3'

describe('proto-JSON', () => {
  test('has snake_case names and the texts that proto-JSON writes', () => {
    const text =
      'name: a\nconnectTimeout: 1.5s\nlbPolicy: 1\nper_connection_buffer_limit_bytes: 5\nmaglev_lb_config: {table_size: 65537}\nmetadata: {filter_metadata: {x: {y: 1.5}}}\ncluster_type: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.Duration, value: 2s}}'
    expect(load('envoy.config.cluster.v3.Cluster', text).json).toEqual({
      name: 'a',
      connect_timeout: '1.500s',
      lb_policy: 'LEAST_REQUEST',
      per_connection_buffer_limit_bytes: 5,
      maglev_lb_config: { table_size: '65537' },
      metadata: { filter_metadata: { x: { y: 1.5 } } },
      cluster_type: {
        name: 'x',
        typed_config: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '2s' },
      },
    })
  })

  test.each([
    [0, '0s'],
    [250, '0.250s'],
    [1000, '1s'],
    [1.5, '0.001500s'],
    [0.000001, '0.000000001s'],
    [-1500, '-1.500s'],
    [59_999.9999999, '60s'],
  ])('%d ms is %s', (millis, text) => {
    expect(durationText(millis)).toBe(text)
  })

  test('is undefined for a type that is not there', () => {
    expect(toJson('no.such.Type' as 'envoy.config.core.v3.Pipe', {})).toBeUndefined()
  })
})

describe('secrets', () => {
  const text = `static_resources:
  secrets:
  - name: cert
    tls_certificate:
      certificate_chain: {filename: /cert.pem}
      private_key: {inline_string: secret}
      password: {inline_bytes: c2VjcmV0}
  - name: keys
    session_ticket_keys: {keys: [{inline_string: secret}]}
  - name: token
    generic_secret: {secret: {environment_variable: SECRET}}
  clusters:
  - name: a
    transport_socket:
      name: tls
      typed_config:
        "@type": type.googleapis.com/${TLS}.UpstreamTlsContext
        sni: b
        common_tls_context: {tls_certificates: [{private_key: {inline_string: secret}}]}
`

  test('are not shown', () => {
    const { json } = loadBootstrap(text)
    expect(JSON.stringify(json)).not.toMatch(/:"secret"|SECRET|c2VjcmV0/)
    expect(json).toMatchObject({
      static_resources: {
        secrets: [
          {
            tls_certificate: {
              certificate_chain: { filename: '/cert.pem' },
              private_key: { inline_string: '[redacted]' },
              password: { inline_bytes: 'W3JlZGFjdGVkXQ==' },
            },
          },
          { session_ticket_keys: { keys: [{ inline_string: '[redacted]' }] } },
          { generic_secret: { secret: { environment_variable: '[redacted]' } } },
        ],
        clusters: [
          {
            transport_socket: {
              typed_config: {
                sni: 'b',
                common_tls_context: { tls_certificates: [{ private_key: { inline_string: '[redacted]' } }] },
              },
            },
          },
        ],
      },
    })
  })

  test('of Envoy’s API that are not marked there', () => {
    const type = 'envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials'
    expect(redact({ access_token: 'x' }, type)).toEqual({ access_token: '[redacted]' })
    expect(redact({ service_account_jwt_access: { json_key: 'x', token_lifetime_seconds: 5 } }, type)).toEqual({
      service_account_jwt_access: { json_key: '[redacted]', token_lifetime_seconds: '5' },
    })
  })

  test('are shown where that is asked for', () => {
    expect(toJson(`${TLS}.TlsCertificate`, { private_key: { inline_string: 'x' } }, { showSecrets: true })).toEqual({
      private_key: { inline_string: 'x' },
    })
  })
})
