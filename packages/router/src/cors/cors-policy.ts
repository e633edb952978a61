import type { Message } from '@nuncio/config'
import {
  compileRuntimeFraction,
  compileStringMatchers,
  type ConfigPlace,
  type RuntimeFraction,
  type StringMatcher,
} from '@nuncio/matching'

/** A CORS policy of one level of configuration; undefined = this level does not say. */
export interface CorsPolicy {
  readonly origins: readonly StringMatcher[]
  readonly methods: string
  readonly headers: string
  readonly exposed: string
  readonly maxAge: string
  readonly credentials: boolean | undefined
  readonly privateNetwork: boolean | undefined
  readonly forwardOthersPreflights: boolean | undefined
  readonly enabled: RuntimeFraction | undefined
  readonly shadow: RuntimeFraction | undefined
}

/** The filter's own message, or the older one that stands in routes and virtual hosts: they have the same fields. */
export type CorsConfig =
  | Message<'envoy.extensions.filters.http.cors.v3.CorsPolicy'>
  | Message<'envoy.config.route.v3.CorsPolicy'>

/** Compiles a CORS policy; what is wrong with it is told to the place. */
export function compileCorsPolicy(config: CorsConfig, place: ConfigPlace): CorsPolicy {
  const fraction = (field: 'filter_enabled' | 'shadow_enabled'): RuntimeFraction | undefined =>
    config[field] === undefined ? undefined : compileRuntimeFraction(config[field], place.at(field, config[field]))
  return {
    origins: compileStringMatchers(config.allow_origin_string_match, place, 'allow_origin_string_match'),
    methods: config.allow_methods ?? '',
    headers: config.allow_headers ?? '',
    exposed: config.expose_headers ?? '',
    maxAge: config.max_age ?? '',
    credentials: config.allow_credentials,
    privateNetwork: config.allow_private_network_access,
    forwardOthersPreflights: config.forward_not_matching_preflights,
    enabled: fraction('filter_enabled'),
    shadow: fraction('shadow_enabled'),
  }
}

/** The `cors` of a route or virtual host before those of the levels around it. */
export function corsLevels(
  config: CorsConfig | undefined,
  place: ConfigPlace,
  outer: readonly CorsPolicy[],
): readonly CorsPolicy[] {
  return config === undefined ? outer : [compileCorsPolicy(config, place.at('cors', config)), ...outer]
}
