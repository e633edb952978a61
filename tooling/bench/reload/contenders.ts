import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { capture, commandPath } from '../command.ts'
import { type Command, Daemon } from '../daemon.ts'
import { nginxHead, nginxTemporary } from '../origin/origin.ts'
import type { CertificateFiles } from '../tls/certificate.ts'

/** What every contender is configured with; `step` counts the reloads, and says what changes with each. */
export interface ReloadSetup {
  readonly folder: string
  readonly port: number
  readonly tlsPort: number
  /** Listened on in every fourth step only. */
  readonly extraPort: number
  readonly adminPort: number
  readonly origins: readonly [number, number]
  readonly certificates: readonly [CertificateFiles, CertificateFiles]
  /** Processes that carry traffic; HAProxy has one at a time. */
  readonly workers: number
}

/** A proxy that is reloaded while it serves. */
export interface ReloadContender {
  readonly name: string
  /** Its version, or why it cannot take part. */
  find(): { readonly version: string } | { readonly missing: string }
  /** Starts it with step 0; the port answers when the promise settles. */
  start(setup: ReloadSetup): Promise<Daemon>
  /** Goes over to a step. Settles when the proxy was told; nuncio is asked whether it took it. */
  reload(setup: ReloadSetup, step: number, daemon: Daemon): Promise<void>
}

/** What a step has: routes in each, endpoints, certificate and listener in turn. */
interface Step {
  readonly routes: readonly string[]
  readonly origins: readonly number[]
  readonly certificate: CertificateFiles
  readonly extraListener: boolean
  readonly connectTimeoutS: number
}

export const KINDS = ['routes', 'clusters', 'listeners', 'certificates'] as const

function stepOf({ origins, certificates }: ReloadSetup, step: number): Step {
  // Each kind moves when it is its turn, and stays for the other three.
  const turn = (kind: number): number => Math.floor((step + 3 - kind) / 4)
  return {
    routes: Array.from({ length: 1 + (turn(0) % 5) }, (_, i) => `/route-${i}`),
    origins: turn(1) % 3 === 0 ? origins : [origins[turn(1) % 2]!],
    certificate: certificates[turn(3) % 2]!,
    extraListener: turn(2) % 2 === 1,
    connectTimeoutS: 1 + (turn(1) % 4),
  }
}

/** Writes a file as deployments do: beside it, then over it. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })

function envoyConfig(setup: ReloadSetup, step: Step): string {
  const routes = [...step.routes, '/'].map((prefix) => ({ match: { prefix }, route: { cluster: 'origin' } }))
  const manager = (name: string): object => ({
    '@type': HCM,
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  })
  const tls = {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'certificate' }] },
    },
  }
  const listener = (name: string, port: number, more: object = {}): object => ({
    name,
    address: address(port),
    filter_chains: [{ ...more, filters: [{ name: 'http', typed_config: manager(name) }] }],
  })
  const limits = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  return stringify(
    {
      admin: { address: address(setup.adminPort) },
      static_resources: {
        listeners: [
          listener('plain', setup.port),
          listener('secure', setup.tlsPort, { transport_socket: tls }),
          ...(step.extraListener ? [listener('extra', setup.extraPort)] : []),
        ],
        clusters: [
          {
            name: 'origin',
            type: 'STATIC',
            connect_timeout: `${step.connectTimeoutS}s`,
            circuit_breakers: { thresholds: [limits] },
            load_assignment: {
              cluster_name: 'origin',
              endpoints: [{ lb_endpoints: step.origins.map((port) => ({ endpoint: { address: address(port) } })) }],
            },
          },
        ],
        secrets: [
          {
            name: 'certificate',
            tls_certificate: {
              certificate_chain: { filename: step.certificate.certificate },
              private_key: { filename: step.certificate.key },
            },
          },
        ],
      },
    },
    { aliasDuplicateObjects: false },
  )
}

const NUNCIO = path.resolve(import.meta.dirname, '../../../apps/proxy/src/bin.ts')

/** nuncio: the file is renamed over and `POST /reload` tells when it is in use. */
const nuncio: ReloadContender = {
  name: 'nuncio',
  find: () => ({ version: `Node ${process.versions.node}` }),
  async start(setup) {
    const file = path.join(setup.folder, 'envoy.yaml')
    writeFileSync(file, envoyConfig(setup, stepOf(setup, 0)))
    const args = [
      '--conditions=@nuncio/source',
      NUNCIO,
      '-c',
      file,
      '--no-watch',
      '--drain-time-s',
      '2',
      '-l',
      'warning',
      '--concurrency',
      String(setup.workers),
    ]
    const daemon = await startCommand({ file: process.execPath, args }, setup)
    // The admin is the last to listen.
    await daemon.ready(setup.adminPort, false, '/ready')
    return daemon
  },
  async reload(setup, step) {
    replaceFile(path.join(setup.folder, 'envoy.yaml'), envoyConfig(setup, stepOf(setup, step)))
    const response = await fetch(`http://127.0.0.1:${setup.adminPort}/reload`, { method: 'POST' })
    const { outcome, errors } = (await response.json()) as { outcome: string; errors: readonly string[] }
    if (outcome !== 'applied') throw new Error(`the reload was ${outcome}: ${errors.join('; ')}`)
  },
}

function nginxConfig(setup: ReloadSetup, step: Step): string {
  const locations = [...step.routes, '/'].map((prefix) => `    location ${prefix} { proxy_pass http://origin; }`)
  const server = (listen: string, more = ''): string => `  server {
    listen 127.0.0.1:${listen} backlog=4096;
    ${more}
${locations.join('\n')}
  }`
  const secure = `ssl_certificate ${step.certificate.certificate};\n    ssl_certificate_key ${step.certificate.key};`
  return `${nginxHead(setup.folder, 'proxy', setup.workers)}
http {
  access_log off;
  ${nginxTemporary(setup.folder)}
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_connect_timeout ${step.connectTimeoutS}s;
  upstream origin {
    ${step.origins.map((port) => `server 127.0.0.1:${port};`).join('\n    ')}
    keepalive 64;
  }
${server(String(setup.port))}
${server(`${setup.tlsPort} ssl`, secure)}
${step.extraListener ? server(String(setup.extraPort)) : ''}
}
`
}

/** Writes the configuration of step 0; answers how nginx is started with it. */
export function nginxCommand(setup: ReloadSetup): Command {
  const file = path.join(setup.folder, 'nginx.conf')
  writeFileSync(file, nginxConfig(setup, stepOf(setup, 0)))
  return { file: commandPath('nginx') ?? 'nginx', args: ['-c', file, '-e', path.join(setup.folder, 'error.log')] }
}

/** Starts a program; it answers when the promise settles. */
export async function startCommand(command: Command, setup: ReloadSetup): Promise<Daemon> {
  return await ready(new Daemon(command, [], path.join(setup.folder, 'log')), setup)
}

/** nginx: SIGHUP to the master; new workers take over, the old ones end. */
const nginx: ReloadContender = {
  name: 'nginx',
  find() {
    const file = commandPath('nginx')
    return file ? { version: /nginx\/(\S+)/.exec(capture(file, ['-v']))?.[1] ?? '?' } : { missing: 'not installed' }
  },
  async start(setup) {
    return await startCommand(nginxCommand(setup), setup)
  },
  reload(setup, step, daemon) {
    replaceFile(path.join(setup.folder, 'nginx.conf'), nginxConfig(setup, stepOf(setup, step)))
    process.kill(daemon.pid, 'SIGHUP')
    return Promise.resolve()
  },
}

function haproxyConfig(setup: ReloadSetup, step: Step): string {
  const pem = path.join(setup.folder, 'proxy.pem')
  const { certificate, key } = step.certificate
  replaceFile(pem, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'))
  const frontend = (name: string, bind: string): string => `frontend ${name}
  bind 127.0.0.1:${bind}
  ${step.routes.map((prefix) => `use_backend origin if { path_beg ${prefix} }`).join('\n  ')}
  default_backend origin
`
  return `global
  nbthread 1
  maxconn 8000
  stats socket ${path.join(setup.folder, 'admin.sock')} mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect ${step.connectTimeoutS}s
  timeout client 1h
  timeout server 15s
  http-reuse always
${frontend('plain', `${setup.port} backlog 4096`)}
${frontend('secure', `${setup.tlsPort} ssl crt ${pem}`)}
${step.extraListener ? frontend('extra', String(setup.extraPort)) : ''}
backend origin
  ${step.origins.map((port, i) => `server s${i} 127.0.0.1:${port}`).join('\n  ')}
`
}

/** HAProxy: master and worker, SIGUSR2 to the master, listening sockets handed on. */
const haproxy: ReloadContender = {
  name: 'haproxy',
  find() {
    const file = commandPath('haproxy')
    if (!file) return { missing: 'not installed' }
    return { version: /version (\d[\w.]*)/.exec(capture(file, ['-v']))?.[1] ?? '?' }
  },
  async start(setup) {
    const file = path.join(setup.folder, 'haproxy.cfg')
    writeFileSync(file, haproxyConfig(setup, stepOf(setup, 0)))
    return await startCommand({ file: commandPath('haproxy') ?? 'haproxy', args: ['-W', '-db', '-f', file] }, setup)
  },
  reload(setup, step, daemon) {
    replaceFile(path.join(setup.folder, 'haproxy.cfg'), haproxyConfig(setup, stepOf(setup, step)))
    process.kill(daemon.pid, 'SIGUSR2')
    return Promise.resolve()
  },
}

async function ready(daemon: Daemon, setup: ReloadSetup): Promise<Daemon> {
  await daemon.ready(setup.port, false, '/begin')
  await daemon.ready(setup.tlsPort, true, '/begin')
  return daemon
}

export const CONTENDERS: readonly ReloadContender[] = [nuncio, nginx, haproxy]

/** A folder of its own for a contender. */
export function folderOf(parent: string, name: string): string {
  const folder = path.join(parent, name)
  mkdirSync(folder)
  return folder
}
