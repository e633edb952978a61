import { isMessage, type Message } from '@nuncio/config'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { compileMatchTree, type ConfigPlace, HTTP_INPUTS, type HttpMatchData, httpMatchData, type MatchTree, quoted, setHttpMatchData } from '@nuncio/matching' // prettier-ignore
import { compileExecuteAction } from '../composite/index.ts'

type MatcherConfig = Message<'xds.type.matcher.v3.Matcher'> | Message<'envoy.config.common.matcher.v3.Matcher'>

/** The action that turns the filter off for a stream. */
export const SKIP = Symbol('skip')

/** Decides for streams; its actions are `SKIP`, or what `HttpFilter.onMatch` is told. */
export type StreamMatcher = MatchTree<HttpMatchData, unknown>

const data: HttpMatchData = httpMatchData()

/** Compiles the matcher at `place`. */
export function compileStreamMatcher(config: MatcherConfig, place: ConfigPlace, context: FilterContext): StreamMatcher {
  return compileMatchTree(config, place, {
    inputs: HTTP_INPUTS,
    action: (any, _, at) => {
      if (isMessage(any, 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter')) return SKIP
      if (isMessage(any, 'envoy.extensions.filters.http.composite.v3.ExecuteFilterAction'))
        return compileExecuteAction(any, at, context)
      at.error('unsupported', `there is no action ${quoted(any['@type'])} for filters`, 'use SkipFilter or ExecuteFilterAction') // prettier-ignore
      return undefined
    },
  })
}

/** Marks that a decision hangs on what has not arrived yet. */
export const UNDECIDED = Symbol('undecided')

/** The action for a stream as it is now, undefined when nothing matches, `UNDECIDED` when that may change. */
export function decide(matcher: StreamMatcher, stream: FilterStream): unknown {
  setHttpMatchData(data, stream.requestHeaders, stream.info)
  data.requestTrailers = stream.requestTrailers
  data.response = stream.responseHeaders
  data.responseTrailers = stream.responseTrailers
  data.unavailable = false
  const action = matcher.match(data)
  const decided = !data.unavailable
  setHttpMatchData(data, undefined, undefined)
  data.requestTrailers = data.response = data.responseTrailers = undefined
  return decided ? action : UNDECIDED
}
