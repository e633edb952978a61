import { maskAddress } from '@nuncio/access-log'
import { isMessage, type Message } from '@nuncio/config'
import {
  compileHeaderMatchers,
  compileQueryParameterMatchers,
  type ConfigPlace,
  decodedQueryParameter,
  HTTP_INPUTS,
  httpMatchData,
  matchesHeaders,
  quoted,
  setHttpMatchData,
  valueAtPath,
  wireText,
} from '@nuncio/matching'
import { formatOf } from '../headers/mutations.ts'
import { formatting } from '../headers/format-context.ts'
import type { RouteTableOptions } from '../options.ts'
import { NO_ENTRY, type RateLimitAction } from './action.ts'
import type { RateLimitEntry, RateLimitStream } from './contracts.ts'
import { expressionAction } from './expression.ts'

type Config = Message<'envoy.config.route.v3.RateLimit.Action'>

/** Envoy's guard for format strings in `descriptor_value` (off by default). */
const FORMATS = 'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value'

/** Compiles one action; undefined, and a problem, when it cannot be. */
export function compileAction(
  config: Config,
  place: ConfigPlace,
  options: RouteTableOptions,
): RateLimitAction | undefined {
  if (config.source_cluster !== undefined)
    return { entry: (_, localCluster) => ({ key: 'source_cluster', value: localCluster }) }
  if (config.destination_cluster !== undefined) return { entry: destinationCluster }
  if (config.request_headers !== undefined) return requestHeaders(config.request_headers)
  if (config.query_parameters !== undefined) return queryParameters(config.query_parameters)
  if (config.remote_address !== undefined) return { entry: remoteAddress }
  if (config.masked_remote_address !== undefined) return maskedRemoteAddress(config.masked_remote_address)
  if (config.generic_key !== undefined) return genericKey(config.generic_key, place, options)
  if (config.header_value_match !== undefined) return headerValueMatch(config.header_value_match, place, options)
  if (config.query_parameter_value_match !== undefined)
    return queryParameterValueMatch(config.query_parameter_value_match, place, options)
  if (config.dynamic_metadata !== undefined) return metadata({ ...config.dynamic_metadata, source: 'DYNAMIC' })
  if (config.metadata !== undefined) return metadata(config.metadata)
  if (config.extension !== undefined) return extension(config.extension, place)
  place.error('missing-field', 'a rate limit action needs one of its kinds')
  return undefined
}

function destinationCluster(stream: RateLimitStream): RateLimitEntry | undefined {
  if (stream.route()?.kind !== 'forward') return undefined
  return { key: 'destination_cluster', value: stream.clusterName }
}

function requestHeaders(config: NonNullable<Config['request_headers']>): RateLimitAction {
  const name = (config.header_name ?? '').toLowerCase()
  const read = name === 'host' ? ':authority' : name
  return valueAction(config, ({ requestHeaders: headers }) => headers.get(read))
}

function queryParameters(config: NonNullable<Config['query_parameters']>): RateLimitAction {
  const name = wireText(config.query_parameter_name ?? '')
  return valueAction(config, ({ requestHeaders: headers }) => decodedQueryParameter(headers.path, name))
}

function valueAction(
  config: { readonly descriptor_key?: string; readonly skip_if_absent?: boolean },
  read: (stream: RateLimitStream) => string | undefined,
): RateLimitAction {
  const key = wireText(config.descriptor_key ?? '')
  const absent = config.skip_if_absent === true ? NO_ENTRY : undefined
  return {
    entry: (stream) => {
      const value = read(stream)
      return value === undefined ? absent : { key, value }
    },
  }
}

function remoteAddress({ info }: RateLimitStream): RateLimitEntry | undefined {
  return isIp(info.remote.address) ? { key: 'remote_address', value: info.remote.address } : undefined
}

function maskedRemoteAddress(config: NonNullable<Config['masked_remote_address']>): RateLimitAction {
  const { v4_prefix_mask_len: v4 = 32, v6_prefix_mask_len: v6 = 128 } = config
  return {
    entry: ({ info }) => {
      const { address } = info.remote
      if (!isIp(address)) return undefined
      return { key: 'masked_remote_address', value: maskAddress(address, address.includes(':') ? v6 : v4) }
    },
  }
}

/** A Unix socket has a path, and no address to count by. */
function isIp(address: string): boolean {
  return address !== '' && !address.startsWith('/') && !address.startsWith('@')
}

interface ValueConfig {
  readonly descriptor_key?: string
  readonly descriptor_value?: string
  readonly default_value?: string
}

/** What all actions with a `descriptor_value` add, when they add anything. */
function valueOf(
  config: ValueConfig,
  defaultKey: string,
  place: ConfigPlace,
  options: RouteTableOptions,
): (stream: RateLimitStream) => RateLimitEntry | undefined {
  const text = config.descriptor_value ?? ''
  const key = config.descriptor_key === undefined || config.descriptor_key === '' ? defaultKey : config.descriptor_key
  const fixed: RateLimitEntry = { key: wireText(key), value: wireText(text) }
  if (!place.scope.runtime.boolean(FORMATS, false)) {
    if (config.default_value !== undefined)
      place
        .at('default_value')
        .warn('no-effect', 'default_value is for format strings, which are off', `set the runtime key ${FORMATS}`)
    return () => fixed
  }
  const formatter = formatOf(text, place.at('descriptor_value'), options)
  if (formatter === undefined || formatter.isLiteral !== undefined) return () => fixed
  const fallback = wireText(config.default_value ?? '')
  return ({ info, requestHeaders: headers }) => {
    const value = formatter.format(formatting(info, headers, undefined)) || fallback
    return value === '' ? undefined : { key: fixed.key, value }
  }
}

function genericKey(
  config: NonNullable<Config['generic_key']>,
  place: ConfigPlace,
  options: RouteTableOptions,
): RateLimitAction {
  return { entry: valueOf(config, 'generic_key', place.at('generic_key', config), options) }
}

function headerValueMatch(
  config: NonNullable<Config['header_value_match']>,
  place: ConfigPlace,
  options: RouteTableOptions,
): RateLimitAction {
  const at = place.at('header_value_match', config)
  const matchers = compileHeaderMatchers(config.headers, at)
  const expected = config.expect_match !== false
  const value = valueOf(config, 'header_match', at, options)
  return {
    entry: (stream) => (matchesHeaders(matchers, stream.requestHeaders) === expected ? value(stream) : undefined),
  }
}

function queryParameterValueMatch(
  config: NonNullable<Config['query_parameter_value_match']>,
  place: ConfigPlace,
  options: RouteTableOptions,
): RateLimitAction {
  const at = place.at('query_parameter_value_match', config)
  const matchers = compileQueryParameterMatchers(config.query_parameters, at, 'query_parameters', decodedQueryParameter)
  const expected = config.expect_match !== false
  const value = valueOf(config, 'query_match', at, options)
  return {
    entry: (stream) => {
      const matched = matchers.every((matcher) => matcher.matches(stream.requestHeaders.path))
      return matched === expected ? value(stream) : undefined
    },
  }
}

function metadata(config: NonNullable<Config['metadata']>): RateLimitAction {
  const namespace = config.metadata_key?.key ?? ''
  const path = (config.metadata_key?.path ?? []).map((segment) => segment.key ?? '')
  const key = wireText(config.descriptor_key ?? '')
  const fallback = wireText(config.default_value ?? '')
  const ofRoute = config.source === 'ROUTE_ENTRY'
  const absent = config.skip_if_absent === true ? NO_ENTRY : undefined
  return {
    entry: (stream) => {
      const fields = ofRoute ? stream.route()?.metadata[namespace] : stream.info.metadata?.get(namespace)
      const found = valueAtPath(fields, path)
      const value = typeof found === 'string' && found !== '' ? wireText(found) : fallback
      return value === '' ? absent : { key, value }
    },
  }
}

/** An expression, or an input of match trees: its entry has the extension's name as its key. */
function extension(config: NonNullable<Config['extension']>, place: ConfigPlace): RateLimitAction | undefined {
  const any = config.typed_config
  if (isMessage(any, 'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor'))
    return expressionAction(any, place.at('extension', config).at('typed_config', any))
  const make = any === undefined ? undefined : HTTP_INPUTS.get(any['@type'])
  if (any === undefined || make === undefined) {
    place
      .at('extension', config)
      .error('unsupported', `there is no rate limit descriptor ${quoted(any?.['@type'] ?? config.name ?? '')}`)
    return undefined
  }
  const input = make(any)
  const key = wireText(config.name ?? '')
  const data = httpMatchData()
  return {
    entry: ({ requestHeaders: headers, info }) => {
      setHttpMatchData(data, headers, info)
      const value = input.get(data)
      setHttpMatchData(data, undefined, undefined)
      if (value === undefined) return undefined
      return value === '' ? NO_ENTRY : { key, value }
    },
  }
}
