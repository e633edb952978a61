import type { Message } from '@nuncio/config'
import { fromBase64, latin1Text, latin1Bytes, utf8Text } from '@nuncio/core'
import { compileRegexRewrite, type ConfigPlace, wireText } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair'>

const MAX_BYTES = 8 * 1024
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

/** What a rule writes, and where. */
export interface Target {
  readonly namespace: string
  readonly key: string
  /** What to write for a header's value (bytes as Latin-1 text); undefined = nothing. */
  value(given: string): string | number | undefined
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
    value: (given) => {
      const chosen = fixed !== '' ? fixed : rewrite === undefined ? given : rewrite.apply(given)
      return chosen === '' || chosen.length >= MAX_BYTES ? undefined : typed(chosen, decodes, number)
    },
  }
}

function typed(text: string, decodes: boolean, number: boolean): string | number | undefined {
  const bytes = decodes ? fromBase64(text) : latin1Bytes(text)
  if (bytes === undefined) return undefined
  if (!number) return utf8Text(bytes)
  const digits = latin1Text(bytes)
  return NUMBER.test(digits) ? Number(digits) : undefined
}
