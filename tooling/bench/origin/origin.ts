import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture, commandPath, freePort } from '../command.ts'
import { Daemon, type Command } from '../daemon.ts'

/** Answers with the headers it received, for the check of equal work. */
export const ECHO_PATH = '/_echo'

/** What `ECHO_PATH` answers: one line each, `name=value`. */
export const ECHOED = ['x-forwarded-for', 'x-forwarded-proto', 'x-request-id', 'x-named-by-connection', 'host'] as const

export interface Origin {
  readonly name: string
  readonly ports: readonly [number, number]
  readonly pid: number
  stop(): Promise<void>
}

/** One process that answers every path with a body, on two ports: the two hosts of the cluster. */
export async function startOrigin(
  { bodyBytes: size, webSocket }: { readonly bodyBytes: number; readonly webSocket: boolean },
  folder: string,
  prefix: readonly string[],
): Promise<Origin> {
  const ports = [await freePort(), await freePort()] as const
  // nginx opens no WebSockets itself.
  const nginx = webSocket ? undefined : commandPath('nginx')
  const command = nginx ? nginxOrigin(nginx, size, folder, ports) : nodeOrigin(size, ports)
  const daemon = new Daemon(command, prefix, path.join(folder, 'origin.log'))
  for (const port of ports) await daemon.ready(port, false, '/')
  const name = nginx ? (capture(nginx, ['-v']).match(/nginx\/\S+/)?.[0] ?? 'nginx') : `Node ${process.versions.node}`
  return { name, ports, pid: daemon.pid, stop: () => daemon.stop() }
}

function nodeOrigin(size: number, ports: readonly number[]): Command {
  const program = fileURLToPath(new URL('processes/origin.ts', import.meta.url))
  return { file: process.execPath, args: [program, String(size), ...ports.map(String)] }
}

function nginxOrigin(file: string, size: number, folder: string, ports: readonly number[]): Command {
  writeFileSync(path.join(folder, 'body'), 'x'.repeat(size))
  const echo = ECHOED.map((name) => `${name}=$http_${name.replaceAll('-', '_')}\\n`).join('')
  const config = path.join(folder, 'origin.conf')
  writeFileSync(
    config,
    `${nginxHead(folder, 'origin')}
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10 inactive=1h;
  open_file_cache_valid 1h;
  etag off;
  max_ranges 0;
  ${nginxTemporary(folder)}
  server {
    ${ports.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join('\n    ')}
    root ${folder};
    default_type text/plain;
    location = ${ECHO_PATH} { return 200 "${echo}"; }
    location / { try_files /body =404; add_header Last-Modified ""; }
  }
}
`,
  )
  return { file, args: ['-c', config, '-e', path.join(folder, 'origin-error.log')] }
}

/** The part of nginx's configuration that every instance here shares: its own files only. */
export function nginxHead(folder: string, name: string, workers = 1): string {
  // Only root may name a user, and then must: the default one could not read the folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  return `${user}daemon off;
worker_processes ${workers};
worker_rlimit_nofile 20000;
pid ${path.join(folder, `${name}.pid`)};
error_log ${path.join(folder, `${name}-error.log`)} error;
events { worker_connections 16000; multi_accept on; }`
}

/** Where nginx may write bodies while it waits: its own default needs rights that a plain user lacks. */
export function nginxTemporary(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${path.join(folder, `tmp_${kind}`)};`)
    .join('\n  ')
}
