import type { Message } from '@nuncio/config'
import type { Fraction, Runtime } from '@nuncio/core'
import type { ConfigPlace } from '../place/config-place.ts'

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

/** A FractionalPercent as numbers. */
export function fraction(config: Message<'envoy.type.v3.FractionalPercent'> | undefined): Fraction {
  return { numerator: config?.numerator ?? 0, denominator: DENOMINATORS[config?.denominator ?? 'HUNDRED'] }
}

/** The remainder of a stream's random number, however large. */
export function remainder(random: number | bigint, divisor: number): number {
  return typeof random === 'number' ? random % divisor : Number(random % BigInt(divisor))
}

/** A share of all requests, by their random number; operators may change it while the proxy runs. */
export class RuntimeFraction {
  readonly key: string
  readonly configured: Fraction
  readonly #runtime: Runtime

  constructor(config: Message<'envoy.config.core.v3.RuntimeFractionalPercent'>, runtime: Runtime) {
    this.key = config.runtime_key ?? ''
    this.configured = fraction(config.default_value)
    this.#runtime = runtime
  }

  /** The fraction as it is now. */
  get current(): Fraction {
    return this.key === '' ? this.configured : this.#runtime.fraction(this.key, this.configured)
  }

  /** Whether a request with this random number is among the share. */
  selects(random: number | bigint): boolean {
    const { numerator, denominator } = this.current
    return remainder(random, denominator) < numerator
  }

  /** `runtime fraction canary 30/100` */
  describe(): string {
    const { numerator, denominator } = this.current
    return `runtime fraction ${this.key === '' ? '' : `${this.key} `}${numerator}/${denominator}`
  }
  explain(random: number | bigint): string {
    return `got ${remainder(random, this.current.denominator)} of ${this.current.denominator}`
  }
}

/** Compiles a share of requests; its runtime key is looked up each time that it is asked. */
export function compileRuntimeFraction(
  config: Message<'envoy.config.core.v3.RuntimeFractionalPercent'>,
  place: ConfigPlace,
): RuntimeFraction {
  return new RuntimeFraction(config, place.scope.runtime)
}
