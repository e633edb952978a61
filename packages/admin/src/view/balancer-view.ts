import type { JsonObject } from '@nuncio/config'

/** What the balancers of clusters can tell of themselves, and be told. Every call is made for one request. */
export interface BalancersView {
  /** Clusters by name. */
  names(): readonly string[]
  /** Undefined: there is no such cluster. */
  describe(cluster: string): BalancerView | undefined
  /**
   * The story of a pick for a request that is not made: which hosts are candidates, which are not and why, what decides. A
   * text says why there is none.
   */
  explain(ask: PickQuestion): JsonObject | string
  /** Picks for real requests that were remembered, the newest first; undefined: there is no such cluster. */
  recentPicks(cluster: string): readonly JsonObject[] | undefined
  /** Sets weights of a score; null takes one back. A text says what is wrong, and nothing was changed then. */
  setWeights(cluster: string, weights: ReadonlyMap<string, number | null>): string | undefined
}

/** The load balancer of one cluster. */
export interface BalancerView {
  readonly cluster: string
  readonly policy: string
  /** Of a score: its terms by name; undefined for other policies. */
  readonly score: ScoreView | undefined
}

/** What a score weighs: each term's weight and where it comes from, and the hosts as they stand now. */
export interface ScoreView {
  readonly weights: Readonly<Record<string, { readonly weight: number; readonly from: string }>>
  /** The values of each host's terms, by name; their weighted sum is the score. */
  readonly hosts: readonly {
    readonly host: string
    readonly values: Readonly<Record<string, number>>
    readonly score: number
  }[]
}

/** The request that a pick is explained for. */
export interface PickQuestion {
  /** '' = that of the route that `url` leads to. */
  readonly cluster: string
  /** '' = no request: the hash is `hash`, or there is none. */
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** 64 bits in decimal digits; '' = none. */
  readonly hash: string
  /** A text that is hashed with xxHash64; '' = none. */
  readonly hashText: string
  readonly overrideHost: string
  /** Criteria of subsets. */
  readonly metadata: JsonObject | undefined
  /** Addresses that earlier tries used: a retry avoids them. */
  readonly tried: readonly string[]
}
