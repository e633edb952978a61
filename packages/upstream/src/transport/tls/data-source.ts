import { readFileSync } from 'node:fs'
import type { Message } from '@nuncio/config'

type DataSource = Message<'envoy.config.core.v3.DataSource'>

/** The bytes of a data source, or why there are none. Files are read at once: this runs when configuration loads. */
export function readDataSource(source: DataSource): Buffer | { readonly failure: string } {
  if (source.inline_string !== undefined) return Buffer.from(source.inline_string, 'utf8')
  if (source.inline_bytes !== undefined) return Buffer.from(source.inline_bytes)
  if (source.environment_variable !== undefined) {
    const value = process.env[source.environment_variable]
    return value === undefined
      ? { failure: `environment variable ${source.environment_variable} is not set` }
      : Buffer.from(value, 'utf8')
  }
  if (source.filename === undefined) return { failure: 'names no source' }
  try {
    return readFileSync(source.filename)
  } catch (error) {
    return { failure: `cannot read ${source.filename}: ${(error as NodeJS.ErrnoException).code ?? 'error'}` }
  }
}
