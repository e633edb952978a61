import type { Message } from '@nuncio/config'
import { utf8Bytes } from '@nuncio/core'
import type { Platform } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'

/** The bytes of a data source; undefined when there is none, or (reported at `at`) its file cannot be read. */
export function readSource(
  source: Message<'envoy.config.core.v3.DataSource'> | undefined,
  at: ConfigPlace,
  platform: Platform,
): Uint8Array | undefined {
  if (source?.inline_string !== undefined) return utf8Bytes(source.inline_string)
  if (source?.inline_bytes !== undefined) return source.inline_bytes
  if (source?.environment_variable !== undefined)
    return utf8Bytes(platform.environment(source.environment_variable) ?? '')
  if (source?.filename === undefined) return undefined
  try {
    return platform.readFile(source.filename)
  } catch (error) {
    at.at('filename').error('rule', `the file cannot be read: ${String(error)}`)
    return undefined
  }
}
