import type { Message } from '@nuncio/config'
import { NuncioError, utf8Bytes } from '@nuncio/core'
import type { Platform } from '@nuncio/filter-chain'

/** The bytes of a `DataSource`; throws a `NuncioError` that names what cannot be read. */
export function readDataSource(source: Message<'envoy.config.core.v3.DataSource'>, platform: Platform): Uint8Array {
  if (source.inline_bytes !== undefined) return source.inline_bytes
  if (source.inline_string !== undefined) return utf8Bytes(source.inline_string)
  if (source.filename !== undefined) {
    try {
      return platform.readFile(source.filename)
    } catch (error) {
      throw new NuncioError('ERR_NUNCIO_DATA_SOURCE', `${source.filename} cannot be read`, { cause: error })
    }
  }
  const name = source.environment_variable ?? ''
  const value = platform.environment(name)
  if (value === undefined)
    throw new NuncioError('ERR_NUNCIO_DATA_SOURCE', `the environment variable ${name} is not set`)
  return utf8Bytes(value)
}
