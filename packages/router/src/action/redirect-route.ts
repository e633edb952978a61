import type { Message } from '@nuncio/config'
import type { Formatter } from '@nuncio/access-log'
import { connectionInfo, type RequestHeaders, StreamInfo } from '@nuncio/core'
import { compileRegexRewrite, type ConfigPlace, wireText } from '@nuncio/matching'
import type { RedirectRoute, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import { formatting } from '../headers/format-context.ts'
import { type FormatOptions, formatOf } from '../headers/mutations.ts'
import type { PathSpecifier } from '../match/path-specifier.ts'
import { OWN_URL, type RedirectParts, redirectUrl } from './location.ts'
import { PathRegexRewrite, PrefixRewrite, rewritePath } from './path-rewrite.ts'
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
  readonly #location: RedirectLocation

  constructor(
    info: RouteInfo,
    virtualHost: VirtualHostInfo,
    inherited: Inherited,
    status: number,
    location: RedirectLocation,
  ) {
    super(info, virtualHost, inherited)
    this.status = status
    this.#location = location
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
  location(headers: RequestHeaders, info?: StreamInfo): string {
    return this.#location.of(headers, info)
  }
  rewritePath(headers: RequestHeaders, suppress: boolean): void {
    rewritePath(headers, this.#location.rewrite(headers), suppress)
  }
}

const NOBODY = new StreamInfo(connectionInfo(), 0, 0)

/** The URL that a redirect action makes of a request. */
export class RedirectLocation {
  readonly #parts: RedirectParts
  readonly #rewrite: PlainRewrite | undefined
  /** Makes the path, instead of a rewrite. */
  readonly #path: Formatter | undefined

  constructor(parts: RedirectParts, rewrite?: PlainRewrite, path?: Formatter) {
    this.#parts = parts
    this.#rewrite = rewrite
    this.#path = path
  }

  /** `info` is what formats read of the stream. */
  of(headers: RequestHeaders, info: StreamInfo = NOBODY): string {
    const path = this.#path?.format(formatting(info, headers, undefined)) ?? ''
    if (path !== '') return redirectUrl({ ...this.#parts, path }, headers, headers.path)
    const rewritten = this.rewrite(headers)
    return redirectUrl(this.#parts, headers, rewritten === '' ? headers.path : rewritten)
  }

  /** The path that `prefix_rewrite` or `regex_rewrite` makes; '' without them. */
  rewrite(headers: RequestHeaders): string {
    return this.#rewrite?.rewrite(headers) ?? ''
  }
}

/** Compiles a redirect action that stands outside of a route: the URL that it makes of a request. */
export function compileRedirectLocation(
  config: Message<'envoy.config.route.v3.RedirectAction'>,
  place: ConfigPlace,
  options: FormatOptions = {},
): (headers: RequestHeaders, info?: StreamInfo) => string {
  const { location } = compileRedirect(config, undefined, place, options)
  return (headers, info) => location.of(headers, info)
}

/** Compiles a redirect action. */
export function compileRedirect(
  config: Message<'envoy.config.route.v3.RedirectAction'>,
  matched: PathSpecifier | undefined,
  place: ConfigPlace,
  options: FormatOptions,
): { readonly status: number; readonly location: RedirectLocation } {
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
  const format = config.path_rewrite ?? ''
  const path = format === '' ? undefined : formatOf(format, place.at('path_rewrite'), options)
  return {
    status: STATUS[config.response_code ?? 'MOVED_PERMANENTLY'],
    location: new RedirectLocation(parts, rewrite, path),
  }
}
