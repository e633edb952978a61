import type { Tree } from '../model/document.ts'

const grpc = (request: string, response: string): Tree => ({
  grpc: { request: `envoy.service.${request}`, response: `envoy.service.${response}` },
})

/** By name: who answers, who breaks off, who speaks TLS or only bytes, and who is asked by filters. */
export const ORIGINS: Readonly<Record<string, Tree>> = {
  // oxlint-disable unicorn/no-thenable -- nobody awaits a script
  a: { headers: { 'x-origin': 'a' } },
  h: { kind: 'http2', headers: { 'x-origin': 'h' } },
  b: { headers: { 'x-origin': 'b' } },
  c: { headers: { 'x-origin': 'c' } },
  f: { status: 503 },
  z: { then: 'reset' },
  k: { tls: 'server', headers: { 'x-origin': 'k' } },
  m: { tls: 'server', client_ca: 'root', headers: { 'x-origin': 'm' } },
  t: { kind: 'tcp', echo: true },
  u: { kind: 'tcp', raw: 'u here', then: 'close' },
  ts: { kind: 'tcp', tls: 'server', echo: true },
  p: { body: '' },
  g: { ...grpc('auth.v3.CheckRequest', 'auth.v3.CheckResponse'), message: { status: { code: 0 } } },
  l: { ...grpc('ratelimit.v3.RateLimitRequest', 'ratelimit.v3.RateLimitResponse'), message: { overall_code: 'OK' } },
  // oxlint-enable unicorn/no-thenable
}

/** Two sides, and nobody for a third. */
const sides = (...origins: readonly string[]): Tree => ({
  endpoints: ['left', 'right'].map((side, i) => ({
    origin: origins[i],
    metadata: { filter_metadata: { 'envoy.lb': { side } } },
  })),
  lb_subset_config: { fallback_policy: 'NO_FALLBACK', subset_selectors: [{ keys: ['side'] }] },
})

const at = (port_value: string): Tree => ({
  load_assignment: {
    cluster_name: 'shared',
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } } }] },
    ],
  },
})

const transport = (type: string, fields: Tree): Tree => ({
  transport_socket: { name: 'own', typed_config: { '@type': `extensions.transport_sockets.${type}`, ...fields } },
})

/** To the origin `u`, with a PROXY header. */
const announced = (config: Tree): Tree => ({
  ...at('{{origin.u}}'),
  ...transport('proxy_protocol.v3.ProxyProtocolUpstreamTransport', {
    config,
    transport_socket: {
      name: 'raw',
      typed_config: { '@type': 'extensions.transport_sockets.raw_buffer.v3.RawBuffer' },
    },
  }),
})

/** Clusters that all pairs share, by name. */
export const SHARED_CLUSTERS: Readonly<Record<string, Tree>> = {
  ...Object.fromEntries(['a', 'b', 'c', 'f', 'z', 'h', 't', 'u', 'p', 'g', 'l'].map((name) => [name, {}])),
  s: sides('a', 'b'),
  sides: sides('t', 'u'),
  nobody: {},
  refused: at('{{refused}}'),
  ts: { ...at('{{origin.ts}}'), ...transport('tls.v3.UpstreamTlsContext', {}) },
  v1: announced({ version: 'V1' }),
  v2: announced({ version: 'V2' }),
  v2t: announced({ version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE_ALL' } }),
}
