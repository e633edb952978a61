import type { AnyMessage, Message } from '@nuncio/config'
import type { ConfigPlace, DataMatcher, DataMatcherRegistry, HttpMatchData } from '@nuncio/matching'
import { compileParsedCel } from './expression.ts'

/** For match trees that decide by a request: `CelMatcher`, with the attributes as its input. */
export const CEL_MATCHERS: DataMatcherRegistry<HttpMatchData> = new Map([
  ['xds.type.matcher.v3.HttpAttributesCelMatchInput', { matcher: 'xds.type.matcher.v3.CelMatcher', make: celMatcher }],
])

function celMatcher(any: AnyMessage, place: ConfigPlace): DataMatcher<HttpMatchData> | undefined {
  const config = any as Message<'xds.type.matcher.v3.CelMatcher'>
  const { parsed_expr: parsed, checked_expr: checked } = config.expr_match ?? {}
  const compiled = compileParsedCel(parsed?.expr ?? checked?.expr ?? {})
  if ('fault' in compiled) {
    place.at('expr_match', config.expr_match).error('rule', `the expression is refused: ${compiled.fault}`)
    return undefined
  }
  return {
    test: ({ info, request, response, responseTrailers }) =>
      info !== undefined && compiled.holds({ info, request, response, responseTrailers }),
    describe: () => `an expression in CEL${config.description ? ` (${config.description})` : ''}`,
  }
}
