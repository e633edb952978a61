/** What a new limit is made of. Times are in any one unit. */
export interface LimitInputs {
  readonly limit: number
  readonly minRtt: number
  readonly sampleRtt: number
  /** Share of the least latency that counts as noise. */
  readonly buffer: number
  readonly min: number
  readonly max: number
}

export interface NewLimit {
  readonly limit: number
  /** How the latency has changed, from 0.5 (twice as long or worse) to 2. */
  readonly gradient: number
  /** Requests above the limit that are let in, so that it can grow. */
  readonly headroom: number
}

/** The limit for the next window, after Netflix's gradient algorithm as Envoy has it. */
export function newLimit({ limit, minRtt, sampleRtt, buffer, min, max }: LimitInputs): NewLimit {
  const gradient = Math.max(0.5, Math.min(2, (minRtt + minRtt * buffer) / sampleRtt))
  const scaled = limit * gradient
  const headroom = Math.sqrt(scaled)
  return { limit: Math.max(min, Math.min(max, Math.floor(scaled + headroom))), gradient, headroom }
}
