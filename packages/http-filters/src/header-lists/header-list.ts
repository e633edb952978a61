import { HeaderTable, type RequestHeaders } from '@nuncio/core'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { compileHeaderMutations, type HeaderMutations, type RouteTableOptions } from '@nuncio/router'
import type { ConfigPlace } from '@nuncio/matching'
import type { Message } from '@nuncio/config'

/** What formatters of header values read. */
export type Formatting = Parameters<HeaderMutations['apply']>[1]

let shared: Formatting | undefined

/** Points the one context for formatters at a stream as it is now. Valid until the next call. */
export function formattingOf(stream: FilterStream): Formatting {
  const { info, requestHeaders: request, responseHeaders: response, responseTrailers } = stream
  if (shared === undefined) {
    shared = { info, request, response, responseTrailers, localReplyBody: '', logType: 'DownstreamEnd' }
    return shared
  }
  shared.info = info
  shared.request = request
  shared.response = response
  shared.responseTrailers = responseTrailers
  return shared
}

/** The part of a filter's context that formatters need. */
export type FormatNeeds = Pick<FilterContext, 'report' | 'sources' | 'runtime' | 'platform' | 'time' | 'random'>

/** What compiling header values needs of a filter's context. */
export function formatOptions(context: FormatNeeds): RouteTableOptions {
  return {
    report: context.report,
    sources: context.sources,
    runtime: context.runtime,
    formatEnvironment: { environment: context.platform.environment, time: context.time, random: context.random },
  }
}

type Additions = readonly Message<'envoy.config.core.v3.HeaderValueOption'>[] | undefined

/** Headers to add, compiled; undefined for none. `place` is that of the message which has the list. */
export function compileAdditions(
  kind: 'request' | 'response',
  list: Additions,
  place: ConfigPlace,
  context: FormatNeeds,
): HeaderMutations | undefined {
  return compileHeaderMutations(kind, undefined, list, place, formatOptions(context))
}

/** The lines that additions make. */
export function linesOf(
  additions: HeaderMutations | undefined,
  stream: FilterStream,
): readonly (readonly [string, string])[] {
  if (additions === undefined) return NO_LINES
  const lines: [string, string][] = []
  const table = new HeaderTable()
  additions.apply(table, formattingOf(stream))
  table.forEach((name, value) => lines.push([name, value]))
  return lines
}

/** Applies additions to the request's headers. */
export function applyToRequest(
  additions: HeaderMutations | undefined,
  headers: RequestHeaders,
  stream: FilterStream,
): void {
  additions?.apply(headers, formattingOf(stream))
}

const NO_LINES: readonly (readonly [string, string])[] = []
