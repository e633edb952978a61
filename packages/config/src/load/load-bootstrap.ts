import type { Message } from '../message.ts'
import { load } from './load.ts'
import type { LoadOptions } from './options.ts'
import type { LoadResult } from './result.ts'

/** Reads a bootstrap: what Envoy takes with `-c`. */
export function loadBootstrap(
  input: string | Uint8Array,
  options: LoadOptions = {},
): LoadResult<Message<'envoy.config.bootstrap.v3.Bootstrap'>> {
  return load('envoy.config.bootstrap.v3.Bootstrap', input, options)
}
