import { compileCel, compileParsedCel } from '@nuncio/cel'
import type { Message } from '@nuncio/config'
import { type ConfigPlace, wireText } from '@nuncio/matching'
import { NO_ENTRY, type RateLimitAction } from './action.ts'

type Config = Message<'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor'>

/** An entry whose value is that of an expression in CEL. One that fails leaves out the entry, or the whole descriptor. */
export function expressionAction(config: Config, place: ConfigPlace): RateLimitAction | undefined {
  const compiled = config.parsed === undefined ? compileCel(config.text ?? '') : compileParsedCel(config.parsed)
  if ('fault' in compiled) {
    place
      .at(config.parsed === undefined ? 'text' : 'parsed')
      .error('rule', `the expression is refused: ${compiled.fault}`)
    return undefined
  }
  const key = wireText(config.descriptor_key ?? '')
  const failed = config.skip_if_error === true ? NO_ENTRY : undefined
  return {
    entry: ({ requestHeaders: request, info }) => {
      const value = compiled.text({ info, request, response: undefined, responseTrailers: undefined })
      return value === undefined ? failed : { key, value: wireText(value) }
    },
  }
}
