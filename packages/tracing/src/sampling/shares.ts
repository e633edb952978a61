import type { Message } from '@nuncio/config'
import type { Fraction } from '@nuncio/core'
import type { TraceShares } from './decide-reason.ts'

const ALL: Fraction = { numerator: 100, denominator: 100 }
const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

type Percent = Message<'envoy.type.v3.Percent'> | undefined
type FractionalPercent = Message<'envoy.type.v3.FractionalPercent'> | undefined

/** The shares of a connection manager. */
export function managerShares(config: {
  readonly client_sampling?: Percent
  readonly random_sampling?: Percent
  readonly overall_sampling?: Percent
}): TraceShares {
  return {
    // Envoy cuts this one down to a whole number.
    client: { numerator: Math.trunc(config.client_sampling?.value ?? 100), denominator: 100 },
    random: tenThousandths(config.random_sampling),
    overall: tenThousandths(config.overall_sampling),
  }
}

/** The shares of a route: what it leaves out is all, whatever the connection manager says. */
export function routeShares(config: {
  readonly client_sampling?: FractionalPercent
  readonly random_sampling?: FractionalPercent
  readonly overall_sampling?: FractionalPercent
}): TraceShares {
  return {
    client: fractionOf(config.client_sampling),
    random: fractionOf(config.random_sampling),
    overall: fractionOf(config.overall_sampling),
  }
}

function tenThousandths(percent: Percent): Fraction {
  // Cut down, and computed in Envoy's order: 6.31 is 630 of them.
  return { numerator: Math.trunc(10_000 * ((percent?.value ?? 100) / 100)), denominator: 10_000 }
}

/** Also for percentages elsewhere; all when there is none. */
export function fractionOf(percent: FractionalPercent): Fraction {
  if (percent === undefined) return ALL
  return { numerator: percent.numerator ?? 0, denominator: DENOMINATORS[percent.denominator ?? 'HUNDRED'] }
}
