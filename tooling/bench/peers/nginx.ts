import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { capture, commandPath } from '../command.ts'
import { nginxHead, nginxTemporary } from '../origin/origin.ts'
import { routePrefix, type Peer, type Setup } from './peer.ts'

const JSON_LOG = `log_format json escape=json '{"time":"$time_iso8601","method":"$request_method","path":"$request_uri",'
    '"protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"duration":$request_time,'
    '"upstream":"$upstream_addr","id":"$request_id","authority":"$host","agent":"$http_user_agent"}';`

/** nginx: one worker, least_conn, keep-alive to the upstream. */
export const nginx: Peer = {
  name: 'nginx',
  find() {
    const file = commandPath('nginx')
    if (!file) return { missing: 'not installed' }
    return { version: /nginx\/(\S+)/.exec(capture(file, ['-v']))?.[1] ?? '?' }
  },
  refuses: ({ filters, layer, webSocket }) => {
    if (layer === 'tcp' || webSocket) return 'is set up for HTTP only'
    return filters > 0 ? 'has no filter chain to fill' : undefined
  },
  command(setup) {
    const config = path.join(setup.folder, 'nginx.conf')
    writeFileSync(config, configure(setup))
    return { file: commandPath('nginx') ?? 'nginx', args: ['-c', config, '-e', path.join(setup.folder, 'error.log')] }
  },
  notes: ['x-request-id is 16 random bytes in hex, not a UUID'],
}

function configure(setup: Setup): string {
  const { folder, tls } = setup
  const log =
    setup.accessLog === 'json'
      ? `access_log ${path.join(folder, 'access.log')} json buffer=64k flush=1s;`
      : 'access_log off;'
  const secure = tls
    ? `ssl_certificate ${tls.certificate};\n    ssl_certificate_key ${tls.key};\n    ssl_session_cache shared:tls:10m;`
    : ''
  const locations = Array.from(
    { length: setup.routes },
    (_, i) => `    location ${routePrefix(i)} { proxy_pass http://origin; }`,
  )
  return `${nginxHead(folder, 'proxy')}
http {
  ${JSON_LOG}
  ${log}
  ${nginxTemporary(folder)}
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  proxy_http_version 1.1;
  proxy_read_timeout 15s;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Request-Id $request_id;
  upstream origin {
    least_conn;
    ${setup.upstreams.map((port) => `server 127.0.0.1:${port};`).join('\n    ')}
    keepalive 1024;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen 127.0.0.1:${setup.port} ${tls ? 'ssl ' : ''}${setup.layer === 'http2' ? 'http2 ' : ''}backlog=4096;
    ${secure}
${locations.join('\n')}
    location / { proxy_pass http://origin; }
  }
}
`
}
