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
    const rewritten = this.#rewrite?.rewrite(headers) ?? ''
    return redirectUrl(this.#parts, headers, rewritten === '' ? headers.path : rewritten)
  }
}

/** Compiles a redirect action. */
export function compileRedirect(
  config: Message<'envoy.config.route.v3.RedirectAction'>,
  matched: PathSpecifier,
  place: ConfigPlace,
): { status: number; parts: RedirectParts; rewrite: PlainRewrite | undefined } {
  const { port_redirect: port = 0, prefix_rewrite: prefix = '', regex_rewrite: regex } = config
  if (prefix !== '' && matched.template !== undefined) {
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
      ? prefix === ''
        ? undefined
        : new PrefixRewrite(matched, prefix)
      : new PathRegexRewrite(rewriter)
  return { status: STATUS[config.response_code ?? 'MOVED_PERMANENTLY'], parts, rewrite }
}
