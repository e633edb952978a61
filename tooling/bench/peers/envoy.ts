import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { capture, commandPath, isExecutable } from '../command.ts'
import { writeEnvoyConfig } from './envoy-config.ts'
import type { Peer } from './peer.ts'

const CACHE = path.resolve(import.meta.dirname, '../../../.cache/envoy')

/** Looks for a file called envoy, a few folders deep: where a package was unpacked is its own affair. */
function search(folder: string, depth: number): string | undefined {
  if (depth === 0 || !existsSync(folder)) return undefined
  const entries = readdirSync(folder, { withFileTypes: true })
  const file = entries.find(
    (entry) => entry.isFile() && entry.name === 'envoy' && isExecutable(path.join(folder, entry.name)),
  )
  if (file) return path.join(folder, file.name)
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const found = search(path.join(folder, entry.name), depth - 1)
    if (found) return found
  }
  return undefined
}

/** The real one: from the ENVOY variable, from .cache/envoy, which git ignores, or from PATH. */
export function locateEnvoy(): string | undefined {
  return process.env['ENVOY'] ?? search(CACHE, 4) ?? commandPath('envoy')
}

export const envoy: Peer = {
  name: 'envoy',
  find() {
    const file = locateEnvoy()
    if (!file) return { missing: 'not found: set ENVOY to its path, or unpack it below .cache/envoy' }
    return { version: /\/(\d+\.\d+\.\d+[\w-]*)\//.exec(capture(file, ['--version']))?.[1] ?? '?' }
  },
  command(setup) {
    const args = ['-c', writeEnvoyConfig(setup), '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
    return { file: locateEnvoy() ?? 'envoy', args }
  },
}
