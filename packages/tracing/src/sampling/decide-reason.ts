import {
  type Fraction,
  type RandomGenerator,
  type RequestHeaders,
  requestIdNumber,
  type Runtime,
  type TraceReason,
  traceReasonOf,
  withTraceReason,
} from '@nuncio/core'

/** Which share of requests is traced, and why. */
export interface TraceShares {
  /** Of those that bring `x-client-trace-id`. */
  readonly client: Fraction
  /** Of those that nobody asked to trace. */
  readonly random: Fraction
  /** Of those that would be traced. */
  readonly overall: Fraction
}

/** How the request id and tracing go together: `envoy.request_id.uuid`. */
export interface RequestIdRules {
  /** Whether the id carries the decision, from others and to others. */
  readonly packsReason: boolean
  /** Whether the decision is made by the id; if not, all requests are traced as far as the tracer samples them. */
  readonly samplesById: boolean
}

export interface DecisionWorld {
  readonly runtime: Runtime
  readonly random: RandomGenerator
}

/** The shares are of the id's first eight digits modulo this, so that proxies on the way agree. */
const RESOLUTION = 10_000

/**
 * Whether a request is traced and why, and writes the decision into its `x-request-id`. What an earlier proxy decided
 * stands; without a proper id nothing is traced.
 */
export function decideReason(
  headers: RequestHeaders,
  shares: TraceShares,
  ids: RequestIdRules,
  world: DecisionWorld,
): TraceReason {
  if (!ids.samplesById) return 'sampling'
  const id = headers.get('x-request-id') ?? ''
  const number = requestIdNumber(id)
  if (number < 0) return 'not-traceable'
  const known = ids.packsReason ? traceReasonOf(id) : 'not-traceable'
  let reason = known === 'not-traceable' ? freshReason(headers, shares, number % RESOLUTION, world) : known
  const { runtime } = world
  if (reason !== 'not-traceable' && !hits(runtime, 'tracing.global_enabled', shares.overall, number % RESOLUTION))
    reason = 'not-traceable'
  if (reason !== known && ids.packsReason) headers.set('x-request-id', withTraceReason(id, reason))
  return reason
}

function freshReason(
  headers: RequestHeaders,
  shares: TraceShares,
  value: number,
  { runtime, random }: DecisionWorld,
): TraceReason {
  if (headers.has('x-client-trace-id') && hits(runtime, 'tracing.client_enabled', shares.client, random.uint32()))
    return 'client-forced'
  if (headers.has('x-envoy-force-trace')) return 'service-forced'
  return hits(runtime, 'tracing.random_sampling', shares.random, value) ? 'sampling' : 'not-traceable'
}

function hits(runtime: Runtime, key: string, fallback: Fraction, value: number): boolean {
  const { numerator, denominator } = runtime.fraction(key, fallback)
  return value % denominator < numerator
}
