import { type Host, type HostExplanation, healthFlagsText, type LoadBalancerExplanation } from '@nuncio/cluster'

/** Collects the explanation of a pick while balancers tell it. */
export class Story {
  readonly policy: string
  readonly steps: string[] = []
  readonly #excluded = new Map<Host, string>()
  readonly #candidates = new Map<Host, { score: number | undefined; terms: Record<string, number> | undefined }>()
  chosen: Host | undefined = undefined

  constructor(policy: string) {
    this.policy = policy
  }

  step(text: string): void {
    this.steps.push(text)
  }

  /** Hosts that may be chosen now. */
  consider(hosts: readonly Host[]): void {
    this.#candidates.clear()
    for (const host of hosts) this.#candidates.set(host, { score: undefined, terms: undefined })
  }

  excludeForHealth(host: Host): void {
    this.exclude(
      host,
      host.health === 'unhealthy' ? healthFlagsText(host.healthFlags) : `${host.health}, not of the chosen list`,
    )
  }

  exclude(host: Host, reason: string): void {
    this.#candidates.delete(host)
    this.#excluded.set(host, reason)
  }

  score(host: Host, score: number, terms?: Record<string, number>): void {
    this.#candidates.set(host, { score, terms })
  }

  /** As `score`, for who knows the address only. */
  scoreByAddress(address: string, score: number, terms: Record<string, number>): void {
    for (const host of this.#candidates.keys()) if (host.address === address) this.score(host, score, terms)
  }

  choose(host: Host | undefined, reason: string): void {
    this.chosen = host
    this.step(host === undefined ? reason : `${host.address}: ${reason}`)
  }

  finish(): LoadBalancerExplanation {
    const candidates: HostExplanation[] = []
    for (const [host, { score, terms }] of this.#candidates)
      candidates.push({ host: host.address, excluded: undefined, score, terms })
    for (const [host, reason] of this.#excluded) {
      candidates.push({ host: host.address, excluded: reason, score: undefined, terms: undefined })
    }
    return { policy: this.policy, steps: this.steps, candidates, chosen: this.chosen?.address }
  }
}
