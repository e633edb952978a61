/** A kind of timeout that becomes shorter while a resource runs out (`reduce_timeouts`). */
export class ShrinkingTimeout {
  /** 0: as configured; 1: down to its minimum; between: linear. The overload manager sets it. */
  state = 0
  /** The least it becomes: this many ms, or this share of what is configured. */
  minimum: { readonly ms: number } | { readonly share: number } = { share: 1 }

  /** What a timeout of so many ms is now; 0 (none) stays 0. */
  now(configuredMs: number): number {
    if (this.state <= 0 || configuredMs <= 0) return configuredMs
    const { minimum } = this
    const least = 'ms' in minimum ? Math.min(minimum.ms, configuredMs) : minimum.share * configuredMs
    // 0 would mean: no timeout at all.
    return Math.max(1, least + (configuredMs - least) * (1 - this.state))
  }
}
