import type { Message } from '@nuncio/config'
import { fromBase64, latin1Text, latin1Bytes, utf8Text } from '@nuncio/core'
import { compileRegexRewrite, type ConfigPlace, wireText } from '@nuncio/matching'
import type { ValueStats } from './stats.ts'

type Config = Message<'envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair'>

const MAX_BYTES = 8 * 1024
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

/** What a rule writes, and where. */
export interface Target {
  readonly namespace: string
  readonly key: string
  /** What to write for a header's value (bytes as Latin-1 text); undefined = nothing. */
  value(given: string, stats: ValueStats | undefined): string | number | undefined
}

/** Compiles `on_header_present` or `on_header_missing` at `place`. */
export function compileTarget(config: Config, place: ConfigPlace): Target {
  if (config.type === 'PROTOBUF_VALUE')
    place.at('type').error('unsupported', 'serialised protobuf values are not decoded', 'use STRING or NUMBER')
  const fixed = wireText(config.value ?? '')
  const rewriteConfig = config.regex_value_rewrite
  const rewrite = rewriteConfig && compileRegexRewrite(rewriteConfig, place.at('regex_value_rewrite', rewriteConfig))
  const decodes = config.encode === 'BASE64'
  const number = config.type === 'NUMBER'
  return {
    namespace: config.metadata_namespace || 'envoy.filters.http.header_to_metadata',
    key: config.key ?? '',
    value: (given, stats) => {
      const chosen = fixed !== '' ? fixed : rewrite === undefined ? given : rewrite.apply(given)
      if (chosen === '') {
        if (given !== '') stats?.regexFailed.inc()
        return undefined
      }
      if (chosen.length >= MAX_BYTES) {
        stats?.tooLong.inc()
        return undefined
      }
      const bytes = decodes ? fromBase64(chosen) : latin1Bytes(chosen)
      if (bytes === undefined) stats?.base64Failed.inc()
      return bytes && typed(bytes, number)
    },
  }
}

function typed(bytes: Uint8Array, number: boolean): string | number | undefined {
  if (!number) return utf8Text(bytes)
  const digits = latin1Text(bytes)
  return NUMBER.test(digits) ? Number(digits) : undefined
}
