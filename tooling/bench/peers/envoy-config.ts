import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { routePrefix, type Setup } from './peer.ts'

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const HTTP = 'type.googleapis.com/envoy.extensions.filters.http'

/** A filter that looks at every request and, without a policy on the route, has nothing to do. */
const PASS_THROUGH = { name: 'envoy.filters.http.cors', typed_config: { '@type': `${HTTP}.cors.v3.Cors` } }
const ROUTER = { name: 'envoy.filters.http.router', typed_config: { '@type': `${HTTP}.router.v3.Router` } }

const LOG_FIELDS = {
  time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  status: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  bytes: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream: '%UPSTREAM_HOST%',
  id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  agent: '%REQ(USER-AGENT)%',
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

function accessLog(setup: Setup): object {
  if (setup.accessLog === 'off') return {}
  const config = {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
    path: path.join(setup.folder, 'access.log'),
    log_format: { json_format: LOG_FIELDS },
  }
  return { access_log: [{ name: 'envoy.access_loggers.file', typed_config: config }] }
}

function transportSocket(setup: Setup): object {
  if (!setup.tls) return {}
  const files = {
    certificate_chain: { filename: setup.tls.certificate },
    private_key: { filename: setup.tls.key },
  }
  const config = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    common_tls_context: { tls_certificates: [files] },
  }
  return { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: config } }
}

function routes(setup: Setup): object[] {
  const action = { cluster: 'origin', timeout: '15s' }
  const prefixes = Array.from({ length: setup.routes }, (_, i) => routePrefix(i))
  return [...prefixes, '/'].map((prefix) => ({ match: { prefix }, route: action }))
}

function filters(setup: Setup): object[] {
  const chosen = Array.from({ length: setup.filters }, (_, i) => ({
    ...PASS_THROUGH,
    name: `${PASS_THROUGH.name}.${i}`,
  }))
  return [...chosen, ROUTER]
}

function networkFilter(setup: Setup): object {
  if (setup.layer !== 'tcp') return connectionManager(setup)
  const proxy = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: 'bench',
    cluster: 'origin',
  }
  return { name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }
}

function connectionManager(setup: Setup): object {
  const manager = {
    '@type': HCM,
    stat_prefix: 'bench',
    use_remote_address: true,
    generate_request_id: true,
    stream_idle_timeout: '300s',
    ...(setup.webSocket && { upgrade_configs: [{ upgrade_type: 'websocket' }] }),
    ...accessLog(setup),
    route_config: {
      name: 'bench',
      virtual_hosts: [{ name: 'bench', domains: ['*'], routes: routes(setup) }],
    },
    http_filters: filters(setup),
  }
  return { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
}

function listener(setup: Setup): object {
  const chain = { ...transportSocket(setup), filters: [networkFilter(setup)] }
  return { name: 'bench', address: address(setup.port), filter_chains: [chain] }
}

function cluster(setup: Setup): object {
  const limits = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  const endpoints = setup.upstreams.map((port) => ({ endpoint: { address: address(port) } }))
  return {
    name: 'origin',
    type: 'STATIC',
    connect_timeout: '5s',
    lb_policy: 'LEAST_REQUEST',
    circuit_breakers: { thresholds: [limits] },
    load_assignment: { cluster_name: 'origin', endpoints: [{ lb_endpoints: endpoints }] },
  }
}

/** Writes the bootstrap that Envoy and nuncio both run, and answers its path. */
export function writeEnvoyConfig(setup: Setup): string {
  const file = path.join(setup.folder, 'envoy.yaml')
  const bootstrap = { static_resources: { listeners: [listener(setup)], clusters: [cluster(setup)] } }
  writeFileSync(file, stringify(bootstrap, { aliasDuplicateObjects: false }))
  return file
}
