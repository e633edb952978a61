import type { Message } from '@nuncio/config'
import {
  compileRuntimeFraction,
  compileStringMatchers,
  type ConfigPlace,
  matchesAny,
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

type Config = Message<'envoy.extensions.filters.http.cors.v3.CorsPolicy'>

export function compilePolicy(config: Config, place: ConfigPlace): CorsPolicy {
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

/** What several levels say together: each property comes from the most specific level that sets it. */
export class EffectivePolicy {
  readonly #levels: readonly CorsPolicy[]

  /** Most specific first. */
  constructor(levels: readonly CorsPolicy[]) {
    this.#levels = levels
  }

  get exists(): boolean {
    return this.#levels.length > 0
  }
  allows(origin: string): boolean {
    const level = this.#levels.find((policy) => policy.origins.length > 0)
    // `*` as an exact match stands for every origin.
    return (
      level !== undefined &&
      (matchesAny(level.origins, origin) ||
        level.origins.some((matcher) => matcher.matches('*') && matcher.describe() === 'exact "*"'))
    )
  }
  text(key: 'methods' | 'headers' | 'exposed' | 'maxAge'): string {
    return this.#levels.find((policy) => policy[key] !== '')?.[key] ?? ''
  }
  flag(key: 'credentials' | 'privateNetwork' | 'forwardOthersPreflights', fallback: boolean): boolean {
    return this.#levels.find((policy) => policy[key] !== undefined)?.[key] ?? fallback
  }
  enabled(random: number): boolean {
    const level = this.#levels.find((policy) => policy.enabled !== undefined)
    return level === undefined || level.enabled!.selects(random)
  }
  shadow(random: number): boolean {
    return this.#levels.find((policy) => policy.shadow !== undefined)?.shadow!.selects(random) ?? false
  }
}
