import { emptyRuntime, type Fraction, requestHeaders, type RequestHeaders, requestIdNumber } from '@nuncio/core'
import { decideReason, type TraceShares } from './decide-reason.ts'

/** Which of the shares decides about a request; `nothing`: none was asked. */
export type DecidingShare = 'client_sampling' | 'random_sampling' | 'overall_sampling' | 'nothing'

export interface SamplingExplanation {
  /** For a reader, without a full stop: `5 % of such requests are traced (random_sampling)`. */
  readonly text: string
  readonly share: DecidingShare
}

const NO_CHANCE = { runtime: emptyRuntime, random: { uint32: () => 0 } }
const PACKED = { packsReason: true, samplesById: true }

/**
 * Says whether a request is traced and which share decides, as far as that is known before it is sent: by its
 * `x-request-id` if it brings one that counts (`keepsId`), else as a share of all such requests.
 */
export function explainSampling(headers: RequestHeaders, shares: TraceShares, keepsId: boolean): SamplingExplanation {
  const id = keepsId ? (headers.get('x-request-id') ?? '') : ''
  if (headers.has('x-client-trace-id') && shares.client.numerator > 0)
    return part('client_sampling', shares.client, shares.overall, ', as it has x-client-trace-id')
  if (requestIdNumber(id) >= 0) return known(id, headers.has('x-envoy-force-trace'), shares)
  if (headers.has('x-envoy-force-trace')) {
    return isAll(shares.overall)
      ? { text: 'is traced, as x-envoy-force-trace asks', share: 'nothing' }
      : part('overall_sampling', shares.overall, undefined, ', as x-envoy-force-trace asks')
  }
  return part('random_sampling', shares.random, shares.overall, '')
}

/** The id says it all. */
function known(id: string, forced: boolean, shares: TraceShares): SamplingExplanation {
  const decide = (overall: Fraction): string => {
    const headers = requestHeaders([['x-request-id', id]])
    if (forced) headers.set('x-envoy-force-trace', '1')
    return decideReason(headers, { ...shares, overall }, PACKED, NO_CHANCE)
  }
  const all = { numerator: 1, denominator: 1 }
  const reason = decide(all)
  if (reason === 'not-traceable')
    return { text: `is not traced: its x-request-id is beyond ${percent(shares.random)}`, share: 'random_sampling' }
  if (decide(shares.overall) === 'not-traceable')
    return { text: `is not traced: its x-request-id is beyond ${percent(shares.overall)}`, share: 'overall_sampling' }
  if (reason === 'service-forced' && forced) return { text: 'is traced, as x-envoy-force-trace asks', share: 'nothing' }
  return {
    text: `is traced: its x-request-id says so, or is within ${percent(shares.random)}`,
    share: 'random_sampling',
  }
}

function part(
  share: DecidingShare,
  fraction: Fraction,
  overall: Fraction | undefined,
  why: string,
): SamplingExplanation {
  const more = overall === undefined || isAll(overall) ? '' : `, and ${percent(overall)} of those (overall_sampling)`
  return { text: `${percent(fraction)} of such requests are traced (${share})${why}${more}`, share }
}

function isAll({ numerator, denominator }: Fraction): boolean {
  return numerator >= denominator
}

function percent({ numerator, denominator }: Fraction): string {
  return `${Number(((100 * numerator) / denominator).toFixed(4))} %`
}
