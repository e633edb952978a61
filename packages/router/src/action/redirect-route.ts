import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import { compileRegexRewrite, type ConfigPlace, wireText } from '@nuncio/matching'
import type { RedirectRoute, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import type { PathSpecifier } from '../match/path-specifier.ts'
import { OWN_URL, type RedirectParts, redirectUrl } from './location.ts'
import { PathRegexRewrite, PrefixRewrite } from './path-rewrite.ts'
import { type Inherited, RouteEntry, type RouteSelector } from './route-entry.ts'

/** The path rewrites of redirects need nothing but the request. */
type PlainRewrite = PrefixRewrite | PathRegexRewrite

const STATUS = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
} as const

/** A route that answers with a redirect. */
export class RedirectEntry extends RouteEntry implements RedirectRoute, RouteSelector {
  readonly status: number
  readonly #parts: RedirectParts
  readonly #rewrite: PlainRewrite | undefined

  constructor(
    info: RouteInfo,
    virtualHost: VirtualHostInfo,
    inherited: Inherited,
    status: number,
    parts: RedirectParts,
    rewrite?: PlainRewrite,
  ) {
    super(info, virtualHost, inherited)
    this.status = status
    this.#parts = parts
    this.#rewrite = rewrite
  }
  get kind(): 'redirect' {
    return 'redirect'
  }
  get entries(): readonly RedirectEntry[] {
    return [this]
  }
  select(): RedirectEntry {
    return this
  }
  location(headers: RequestHeaders): string {
    return locationOf(this.#parts, this.#rewrite, headers)
  }
}

function locationOf(parts: RedirectParts, rewrite: PlainRewrite | undefined, headers: RequestHeaders): string {
  const rewritten = rewrite?.rewrite(headers) ?? ''
  return redirectUrl(parts, headers, rewritten === '' ? headers.path : rewritten)
}

/** Compiles a redirect action that stands outside of a route: the URL that it makes of a request. */
export function compileRedirectLocation(
  config: Message<'envoy.config.route.v3.RedirectAction'>,
  place: ConfigPlace,
): (headers: RequestHeaders) => string {
  const { parts, rewrite } = compileRedirect(config, undefined, place)
  return (headers) => locationOf(parts, rewrite, headers)
}

/** Compiles a redirect action. */
export function compileRedirect(
  config: Message<'envoy.config.route.v3.RedirectAction'>,
  matched: PathSpecifier | undefined,
  place: ConfigPlace,
): { status: number; parts: RedirectParts; rewrite: PlainRewrite | undefined } {
  const { port_redirect: port = 0, prefix_rewrite: prefix = '', regex_rewrite: regex } = config
  if (prefix !== '' && matched === undefined) {
    place.at('prefix_rewrite').error('rule', 'no path was matched here whose prefix could be rewritten')
  } else if (prefix !== '' && matched?.template !== undefined) {
    place
      .at('prefix_rewrite')
      .error(
        'oneof-conflict',
        'prefix_rewrite cannot go with a path match policy',
        'use regex_rewrite or path_redirect',
      )
  }
  const rewriter = regex && compileRegexRewrite(regex, place.at('regex_rewrite', regex))
  const parts: RedirectParts = {
    ...OWN_URL,
    scheme: config.https_redirect === true ? 'https' : (config.scheme_redirect ?? ''),
    host: wireText(config.host_redirect ?? ''),
    port: port === 0 ? '' : `:${port}`,
    path: wireText(config.path_redirect ?? ''),
    stripQuery: config.strip_query === true,
  }
  const rewrite =
    rewriter === undefined
      ? prefix === '' || matched === undefined
        ? undefined
        : new PrefixRewrite(matched, prefix)
      : new PathRegexRewrite(rewriter)
  return { status: STATUS[config.response_code ?? 'MOVED_PERMANENTLY'], parts, rewrite }
}
