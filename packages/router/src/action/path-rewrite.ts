import type { Formatter } from '@nuncio/access-log'
import { isMessage, type Message } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import {
  compileRegexRewrite,
  compileUriTemplateRewrite,
  type ConfigPlace,
  pathEnd,
  quoted,
  type RegexRewrite,
  type UriTemplate,
  type UriTemplateRewrite,
  wireText,
} from '@nuncio/matching'
import { formatting } from '../headers/format-context.ts'
import { formatOf } from '../headers/mutations.ts'
import type { PathSpecifier } from '../match/path-specifier.ts'
import type { RouteTableOptions } from '../options.ts'

/** How a route changes the path; the query stays. */
export interface PathRewrite {
  /** The new path with its query; '' for no change. */
  rewrite(headers: RequestHeaders, info: StreamInfo): string
  describe(): string
  /** The field that asks for it. */
  readonly field: string
}

/** Gives a request its new path. `suppress`: without x-envoy-original-path. */
export function rewritePath(headers: RequestHeaders, path: string, suppress: boolean): void {
  if (path === '') return
  if (!suppress) headers.set('x-envoy-original-path', headers.path)
  headers.path = path
}

/** Replaces what the route matched of the path. */
export class PrefixRewrite implements PathRewrite {
  readonly field = 'prefix_rewrite'
  readonly #matched: PathSpecifier
  readonly #text: string

  constructor(matched: PathSpecifier, text: string) {
    this.#matched = matched
    this.#text = wireText(text)
  }
  rewrite({ path }: RequestHeaders): string {
    const length = this.#matched.matchedLength(path, pathEnd(path))
    return length < 0 ? '' : this.#text + path.slice(length)
  }
  describe(): string {
    return `the matched part becomes ${quoted(this.#text)}`
  }
}

/** Replaces all matches of a regex. */
export class PathRegexRewrite implements PathRewrite {
  readonly field = 'regex_rewrite'
  readonly #regex: RegexRewrite

  constructor(regex: RegexRewrite) {
    this.#regex = regex
  }
  rewrite({ path }: RequestHeaders): string {
    const end = pathEnd(path)
    return this.#regex.apply(path.slice(0, end)) + path.slice(end)
  }
  describe(): string {
    return this.#regex.describe()
  }
}

class TemplateRewrite implements PathRewrite {
  readonly field = 'path_rewrite_policy'
  readonly #template: UriTemplate
  readonly #target: UriTemplateRewrite

  constructor(template: UriTemplate, target: UriTemplateRewrite) {
    this.#template = template
    this.#target = target
  }
  rewrite({ path }: RequestHeaders): string {
    const end = pathEnd(path)
    return this.#template.rewrite(path.slice(0, end), this.#target) + path.slice(end)
  }
  describe(): string {
    return `${this.#template.describe()} becomes ${quoted(this.#target.text)}`
  }
}

class FormattedPath implements PathRewrite {
  readonly field = 'path_rewrite'
  readonly #formatter: Formatter
  readonly #text: string

  constructor(formatter: Formatter, text: string) {
    this.#formatter = formatter
    this.#text = text
  }
  rewrite(headers: RequestHeaders, info: StreamInfo): string {
    const path = this.#formatter.format(formatting(info, headers, undefined))
    return path === '' ? '' : path + headers.path.slice(pathEnd(headers.path))
  }
  describe(): string {
    return `the path becomes ${quoted(this.#text)}`
  }
}

/** Compiles the path rewrite of a route action; at most one may be given. */
export function compilePathRewrite(
  config: Message<'envoy.config.route.v3.RouteAction'>,
  matched: PathSpecifier,
  place: ConfigPlace,
  options: RouteTableOptions,
): PathRewrite | undefined {
  const given = (['prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy', 'path_rewrite'] as const).filter(
    (field) => config[field] !== undefined && config[field] !== '',
  )
  if (given.length === 0) return undefined
  if (given.length > 1)
    place
      .at(given[1]!)
      .error('oneof-conflict', `a route can have only one path rewrite, and has ${given.join(' and ')}`)
  switch (given[0]!) {
    case 'prefix_rewrite':
      if (matched.template !== undefined)
        place
          .at('prefix_rewrite')
          .error('oneof-conflict', 'prefix_rewrite cannot go with a path match policy', 'use path_rewrite_policy')
      return new PrefixRewrite(matched, config.prefix_rewrite!)
    case 'regex_rewrite': {
      const regex = compileRegexRewrite(config.regex_rewrite!, place.at('regex_rewrite', config.regex_rewrite))
      return regex && new PathRegexRewrite(regex)
    }
    case 'path_rewrite': {
      const formatter = formatOf(config.path_rewrite!, place.at('path_rewrite'), options)
      return formatter && new FormattedPath(formatter, config.path_rewrite!)
    }
    case 'path_rewrite_policy':
      return templateRewrite(
        config.path_rewrite_policy!,
        matched,
        place.at('path_rewrite_policy', config.path_rewrite_policy),
      )
  }
}

function templateRewrite(
  config: Message<'envoy.config.core.v3.TypedExtensionConfig'>,
  matched: PathSpecifier,
  place: ConfigPlace,
): PathRewrite | undefined {
  const any = config.typed_config
  if (!isMessage(any, 'envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig')) {
    place.error(
      'unsupported',
      `the path rewrite policy ${quoted(any?.['@type'] ?? '')} is not supported`,
      'only URI templates are',
    )
    return undefined
  }
  if (matched.template === undefined) {
    place.error('oneof-conflict', 'a URI template rewrite needs a URI template match on the same route')
    return undefined
  }
  const text = any.path_template_rewrite ?? ''
  const target = compileUriTemplateRewrite(text, matched.template)
  if (typeof target !== 'string') return new TemplateRewrite(matched.template, target)
  place
    .at('typed_config', any)
    .at('path_template_rewrite')
    .error('invalid-template', `the rewrite ${quoted(text)} is refused: ${target}`)
  return undefined
}
