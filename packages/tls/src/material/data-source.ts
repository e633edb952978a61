import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'

export type DataSource = Message<'envoy.config.core.v3.DataSource'>

/** Where a reading of sources notes what it depends on. */
export interface Watched {
  /** Told of everything that was read, so that it shows whether anything changed. */
  readonly digest: Hash
  /** Directories in which a change means that something may have to be read again. */
  readonly directories: Set<string>
}

/**
 * The bytes of a source: a file, inline, or an environment variable. Undefined when there are none, which is reported;
 * neither the report nor anything else repeats the bytes.
 */
export function readDataSource(source: DataSource, place: ConfigPlace, watched: Watched): Buffer | undefined {
  if (source.watched_directory?.path) watched.directories.add(source.watched_directory.path)
  if (source.filename !== undefined) return readFile(source.filename, place, watched)
  const bytes = inline(source)
  if (bytes !== undefined && bytes.length > 0) return noted(bytes, watched)
  const name = source.environment_variable
  place.error(
    'missing-data',
    name !== undefined && bytes === undefined ? `the environment variable ${name} is not set` : 'there is no data',
  )
  return undefined
}

function inline(source: DataSource): Buffer | undefined {
  if (source.inline_string !== undefined) return Buffer.from(source.inline_string)
  if (source.inline_bytes !== undefined) return Buffer.from(source.inline_bytes)
  const value = source.environment_variable === undefined ? undefined : process.env[source.environment_variable]
  return value === undefined ? undefined : Buffer.from(value)
}

/** Reads a file that configuration names, and has its directory watched: files are replaced by renaming as a rule. */
export function readFile(file: string, place: ConfigPlace, watched: Watched): Buffer | undefined {
  watched.directories.add(path.dirname(file))
  try {
    const bytes = readFileSync(file)
    if (bytes.length > 0) return noted(bytes, watched)
    place.error('missing-data', `${file} is empty`)
  } catch (error) {
    place.error('unreadable-file', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`)
  }
  return undefined
}

function noted(bytes: Buffer, watched: Watched): Buffer {
  watched.digest.update(`${bytes.length}:`).update(bytes)
  return bytes
}
