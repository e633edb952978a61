import { matchesAny } from '@nuncio/matching'
import type { CorsPolicy } from '@nuncio/router'

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
    // A matcher that takes `*` takes every origin, as in Envoy: the usual `prefix: "*"` too.
    return level !== undefined && (matchesAny(level.origins, origin) || matchesAny(level.origins, '*'))
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
