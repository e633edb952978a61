import { type RandomGenerator, uniform } from '@nuncio/core'

/** How long requests take on a host, before queueing. */
export interface ServiceModel {
  /** Mean time that a worker spends on a request, ms. */
  readonly meanMs: number
  /** `exponential`: as in textbooks; `lognormal`: a median below the mean and a long tail, as services are; `fixed`. */
  readonly spread: ServiceSpread
  /** Requests that are worked on at the same time; others wait in the host's queue, first come, first served. */
  readonly workers: number
}

/** How times of service are spread around their mean. */
export type ServiceSpread = 'exponential' | 'fixed' | 'lognormal'
/** All spreads, in the order in which they are offered. */
export const SERVICE_SPREADS: readonly ServiceSpread[] = ['exponential', 'lognormal', 'fixed']

/** Of hosts that a plan says nothing about. */
export const DEFAULT_SERVICE: ServiceModel = Object.freeze({ meanMs: 10, spread: 'exponential', workers: 16 })

/** Standard deviation of the logarithm: the 99th percentile is some six times the mean. */
const SIGMA = 1

/** One service time, ms. */
export function drawServiceMs(model: ServiceModel, random: RandomGenerator): number {
  if (model.spread === 'fixed') return model.meanMs
  if (model.spread === 'exponential') return exponential(model.meanMs, random)
  return model.meanMs * Math.exp(SIGMA * normal(random) - (SIGMA * SIGMA) / 2)
}

/** A draw of the exponential distribution with this mean. */
export function exponential(mean: number, random: RandomGenerator): number {
  return -mean * Math.log(1 - uniform(random))
}

/** A draw of the standard normal distribution (Box and Muller). */
function normal(random: RandomGenerator): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random))
}
