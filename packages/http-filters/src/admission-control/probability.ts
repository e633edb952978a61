/** What decides how likely a request is refused. */
export interface RejectionRule {
  /** Share of successes (0 to 1) below which requests are refused at all. */
  readonly threshold: number
  /** 1 = in proportion; more refuses more for the same success rate. */
  readonly aggression: number
  /** 0 to 1. */
  readonly max: number
}

/** The probability with which a request is refused, after so many requests and successes. */
export function rejectionProbability(requests: number, successes: number, rule: RejectionRule): number {
  const excess = (requests - successes / rule.threshold) / (requests + 1)
  if (!(excess > 0)) return 0
  const probability = rule.aggression === 1 ? excess : excess ** (1 / rule.aggression)
  return Math.min(probability, rule.max)
}
