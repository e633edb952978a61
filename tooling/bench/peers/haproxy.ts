import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { capture, commandPath } from '../command.ts'
import { routePrefix, type Peer, type Setup } from './peer.ts'

const JSON_LOG = `log-format '{"time":"%tr","method":"%HM","path":"%HU","protocol":"%HV","status":%ST,"bytes":%B,"duration":%Ta,"upstream":"%si:%sp","id":"%ID"}'`

/** HAProxy: one thread, leastconn, connections to the upstream always shared. */
export const haproxy: Peer = {
  name: 'haproxy',
  find() {
    const file = commandPath('haproxy')
    if (!file) return { missing: 'not installed' }
    return { version: /version (\d[\w.]*)/.exec(capture(file, ['-v']))?.[1] ?? '?' }
  },
  refuses: ({ filters }) => (filters > 0 ? 'has no filter chain to fill' : undefined),
  command(setup) {
    const config = path.join(setup.folder, 'haproxy.cfg')
    writeFileSync(config, configure(setup))
    return { file: commandPath('haproxy') ?? 'haproxy', args: ['-db', '-f', config] }
  },
}

function configure(setup: Setup): string {
  const { folder, tls } = setup
  const map = path.join(folder, 'routes.map')
  writeFileSync(map, Array.from({ length: setup.routes }, (_, i) => `${routePrefix(i)} origin\n`).join(''))
  const pem = path.join(folder, 'proxy.pem')
  if (tls) writeFileSync(pem, readFileSync(tls.certificate, 'utf8') + readFileSync(tls.key, 'utf8'))
  const front = setup.layer === 'tcp' ? TCP_FRONT : httpFront(setup, map)
  const log = setup.accessLog === 'json' ? `log stdout format raw local0\n  ${JSON_LOG}` : 'no log'
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode ${setup.layer === 'tcp' ? 'tcp' : 'http'}
  timeout connect 5s
  timeout client 1h
  timeout server 15s
  ${setup.layer === 'tcp' ? '' : HTTP_DEFAULTS}
frontend bench
  bind 127.0.0.1:${setup.port} backlog 4096${tls ? ` ssl crt ${pem}` : ''}${setup.layer === 'http2' ? ' proto h2' : ''}
  ${log}
  ${front}
backend origin
  balance leastconn
  ${setup.upstreams.map((port, i) => `server s${i} 127.0.0.1:${port}${setup.layer === 'tcp' ? '' : ' pool-max-conn -1 pool-purge-delay 1h'}`).join('\n  ')}
`
}

const HTTP_DEFAULTS = `timeout http-keep-alive 1h
  option http-keep-alive
  http-reuse always`

const TCP_FRONT = 'default_backend origin'

function httpFront({ tls }: Setup, map: string): string {
  return `option forwardfor
  http-request set-header X-Forwarded-Proto ${tls ? 'https' : 'http'}
  unique-id-format %[uuid()]
  unique-id-header X-Request-ID
  use_backend %[path,map_beg(${map},origin)]`
}
