import type { Message } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import { compileRegexRewrite, type ConfigPlace, pathOnly, quoted, wireText } from '@nuncio/matching'
import { formatting } from '../headers/format-context.ts'
import { formatOf } from '../headers/mutations.ts'
import type { RouteTableOptions } from '../options.ts'

/** How a route changes the host, before an upstream host is chosen. */
export interface HostRewrite {
  /** The new host; '' for no change. */
  host(headers: RequestHeaders, info: StreamInfo): string
  describe(): string
  readonly field: string
}

/** Compiles the host rewrite of a route action; `auto_host_rewrite` is not one: it comes after balancing. */
export function compileHostRewrite(
  config: Message<'envoy.config.route.v3.RouteAction'>,
  place: ConfigPlace,
  options: RouteTableOptions,
): HostRewrite | undefined {
  if (config.host_rewrite_literal !== undefined && config.host_rewrite_literal !== '') {
    const literal = wireText(config.host_rewrite_literal)
    return { host: () => literal, describe: () => quoted(literal), field: 'host_rewrite_literal' }
  }
  if (config.host_rewrite_header !== undefined && config.host_rewrite_header !== '') {
    const name = config.host_rewrite_header.toLowerCase()
    return {
      host: (headers) => headers.get(name) ?? '',
      describe: () => `the value of header ${name}`,
      field: 'host_rewrite_header',
    }
  }
  if (config.host_rewrite_path_regex !== undefined) {
    const regex = compileRegexRewrite(
      config.host_rewrite_path_regex,
      place.at('host_rewrite_path_regex', config.host_rewrite_path_regex),
    )
    if (regex === undefined) return undefined
    return {
      host: (headers) => regex.apply(pathOnly(headers.path)),
      describe: () => `the path after ${regex.describe()}`,
      field: 'host_rewrite_path_regex',
    }
  }
  if (config.host_rewrite === undefined || config.host_rewrite === '') return undefined
  // Other than in header values, a missing value prints `-` here.
  const formatter = formatOf(config.host_rewrite, place.at('host_rewrite'), options, false)
  if (formatter === undefined) return undefined
  const text = config.host_rewrite
  return {
    host: (headers, info) => formatter.format(formatting(info, headers, undefined)),
    describe: () => quoted(text),
    field: 'host_rewrite',
  }
}
