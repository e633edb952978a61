import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Peer } from './peer.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

function packageVersion(name: string): string | undefined {
  const file = path.join(ROOT, 'node_modules', name, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : undefined
}

/** A proxy written in Node: a program in `processes/` that reads its setup from the environment. */
function nodePeer(name: string, program: string, packages: readonly string[], notes: readonly string[]): Peer {
  return {
    name,
    find() {
      const missing = packages.filter((each) => packageVersion(each) === undefined)
      if (missing.length > 0) return { missing: `${missing.join(', ')} not installed` }
      const versions = packages.map((each) => `${each} ${packageVersion(each)}`)
      return { version: [...versions, `Node ${process.versions.node}`].join(', ') }
    },
    refuses({ routes, filters, accessLog }) {
      if (filters > 0) return 'has no filter chain to fill'
      if (accessLog !== 'off') return 'has no access log'
      return routes > 10 ? 'has no route table' : undefined
    },
    command: (setup) => ({
      file: process.execPath,
      args: [path.join(import.meta.dirname, 'processes', program)],
      env: {
        PORT: String(setup.port),
        UPSTREAMS: setup.upstreams.join(','),
        ...(setup.tls && { TLS_CERTIFICATE: setup.tls.certificate, TLS_KEY: setup.tls.key }),
      },
    }),
    notes,
  }
}

const noRoutes = 'routes nothing: one cluster for every path'

export const nodePeers: readonly Peer[] = [
  nodePeer('http-proxy', 'http-proxy.ts', ['http-proxy'], [noRoutes]),
  nodePeer('httpxy', 'httpxy.ts', ['httpxy'], [noRoutes]),
  nodePeer('fastify-http-proxy', 'fastify.ts', ['@fastify/http-proxy', 'fastify'], [noRoutes]),
  nodePeer('node-undici', 'undici.ts', ['undici'], ['node:http server, undici dispatch', noRoutes]),
  nodePeer('tcp-pipe', 'tcp-pipe.ts', [], ['a blind pipe of sockets, the floor: reads no HTTP at all']),
]
