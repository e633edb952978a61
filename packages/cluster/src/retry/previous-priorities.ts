import type { Host } from '../contracts/host.ts'

/**
 * `envoy.retry_priorities.previous_priorities` for one request: after every `update_frequency` tries, the priorities of
 * the hosts that were tried are avoided; once all were, it begins anew. Give `tried` to the balancer's context.
 */
export class PreviousPriorities {
  readonly #frequency: number
  readonly #tried: number[] = []
  readonly #waiting: number[] = []

  constructor(updateFrequency: number) {
    this.#frequency = Math.max(1, updateFrequency)
  }

  /** Priorities to avoid now; undefined = none. */
  get tried(): readonly number[] | undefined {
    return this.#tried.length === 0 ? undefined : this.#tried
  }

  /** A try went to this host; `levels` is how many priorities the cluster has. */
  onHostTried(host: Host, levels: number): void {
    this.#waiting.push(host.priority)
    if (this.#waiting.length < this.#frequency) return
    for (const priority of this.#waiting) if (!this.#tried.includes(priority)) this.#tried.push(priority)
    this.#waiting.length = 0
    if (this.#tried.length >= levels) this.#tried.length = 0
  }
}
