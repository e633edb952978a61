import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Peer } from './peer.ts'
import { writeEnvoyConfig } from './envoy-config.ts'

const APP = path.resolve(import.meta.dirname, '../../../apps/proxy')
const SOURCE = path.join(APP, 'src/bin.ts')
const BUILT = path.join(APP, 'dist/bin.js')

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(APP, 'package.json'), 'utf8')) as { version: string }
  return `${manifest.version}, Node ${process.versions.node}`
}

/** nuncio from its sources, started as `npm run nuncio -- -c FILE` starts it. */
export const nuncio: Peer = {
  name: 'nuncio',
  find: () => (existsSync(SOURCE) ? { version: version() } : { missing: 'apps/proxy is not there' }),
  command: (setup) => ({
    file: process.execPath,
    args: ['--conditions=@nuncio/source', SOURCE, '-c', writeEnvoyConfig(setup), '--concurrency', '1', '-l', 'error'],
  }),
}

/** nuncio as its npm packages run: compiled. */
export const nuncioBuilt: Peer = {
  name: 'nuncio-built',
  find: () => (existsSync(BUILT) ? { version: version() } : { missing: 'not built: npm run build' }),
  command: (setup) => ({
    file: process.execPath,
    args: [BUILT, '-c', writeEnvoyConfig(setup), '--concurrency', '1', '-l', 'error'],
  }),
}
