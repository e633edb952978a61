import type { JsonValue, Message } from '@nuncio/config'
import type { StatsScope } from '@nuncio/core'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { scalar } from './scalar.ts'

/** Reads a runtime directory (that of this cluster, with `append_service_cluster`): a file is a key, folders are its dots, the content is the value. */
export function readDiskLayer(
  config: Message<'envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer'>,
  serviceCluster: string,
  stats: StatsScope,
  onError: (message: string) => void,
): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonValue>()
  const appended = config.append_service_cluster === true ? serviceCluster : ''
  const root = path.join(config.symlink_root ?? '', config.subdirectory ?? '', appended)
  try {
    read(root, '', values)
    stats.counter('override_dir_exists').inc()
  } catch (error) {
    stats.counter('load_error').inc()
    stats.counter('override_dir_not_exists').inc()
    onError(`the runtime layer at ${root} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return values
}

function read(folder: string, prefix: string, values: Map<string, JsonValue>): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.')) continue
    const at = path.join(folder, name)
    if (statSync(at).isDirectory()) read(at, `${prefix}${name}.`, values)
    else values.set(prefix + name, scalar(commentless(readFileSync(at, 'utf8'))))
  }
}

/** Lines that begin with `#` are comments. */
function commentless(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim()
}
