import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import type { HostPicker } from '../contracts.ts'
import type { Story } from '../explain/story.ts'
import type { SlowStart } from '../slow-start/slow-start.ts'
import { EdfScheduler } from './edf-scheduler.ts'

/**
 * A picker that goes by weight: an EDF schedule when weights differ (or a host is in slow start), else what the policy
 * does among equals.
 */
export abstract class EdfPicker implements HostPicker {
  protected hosts: readonly Host[] = []
  protected readonly seed: number
  readonly #slowStart: SlowStart | undefined
  readonly #scheduler = new EdfScheduler()
  readonly #out = new Float64Array(1)
  #scheduled = false
  /** When the last host of the list became healthy; decides how long slow start has to be asked. */
  #latestMs = Number.NEGATIVE_INFINITY

  constructor(seed: number, slowStart: SlowStart | undefined) {
    this.seed = seed
    this.#slowStart = slowStart
  }

  update(hosts: readonly Host[]): void {
    this.hosts = hosts
    this.#latestMs = this.#slowStart === undefined ? Number.NEGATIVE_INFINITY : latest(hosts)
    this.#scheduled = hosts.length > 1 && (!this.#equalWeights(hosts) || this.#inSlowStart())
    if (!this.#scheduled) return
    const weightOf = (i: number): number => {
      this.#weigh(hosts[i]!)
      return this.#out[0]!
    }
    this.#scheduler.reset(hosts.length, weightOf, this.seed)
  }

  pick(_context: LoadBalancerContext, _attempt: number): Host | undefined {
    if (this.#scheduled) {
      const host = this.hosts[this.#scheduler.peek()]!
      this.#weigh(host)
      this.#scheduler.next(this.#out, 0)
      return host
    }
    return this.hosts.length === 0 ? undefined : this.pickEqual()
  }

  peek(ahead: number): Host | undefined {
    if (this.hosts.length === 0) return undefined
    if (!this.#scheduled) return this.peekEqual(ahead)
    return ahead === 0 ? this.hosts[this.#scheduler.peek()] : undefined
  }

  explain(_context: LoadBalancerContext, story: Story): void {
    story.consider(this.hosts)
    if (this.hosts.length === 0) return story.choose(undefined, 'no host may be used')
    if (!this.#scheduled) return this.explainEqual(story)
    for (const [i, host] of this.hosts.entries()) {
      this.#weigh(host)
      story.score(host, this.#scheduler.deadlineOf(i), { weight: this.#out[0]! })
    }
    story.choose(
      this.hosts[this.#scheduler.peek()],
      'earliest deadline of the weighted schedule (score: when each is due)',
    )
  }

  /** The weight by which hosts are told to be equal. */
  protected configuredWeight(host: Host): number {
    return host.weight
  }
  /**
   * Writes a host's weight now, above 0 and slow start apart, into `out[0]`. (A number that is returned would often have
   * to be allocated.)
   */
  protected abstract weigh(host: Host, out: Float64Array): void
  /** Chooses among hosts of equal weight; there is at least one. */
  protected abstract pickEqual(): Host
  protected abstract explainEqual(story: Story): void
  /** As `peek`, among hosts of equal weight. */
  protected peekEqual(_ahead: number): Host | undefined {
    return undefined
  }

  /** A host's weight now, into `#out[0]`. */
  #weigh(host: Host): void {
    this.weigh(host, this.#out)
    if (this.#inSlowStart()) this.#slowStart!.reduce(host, this.#out)
  }

  #equalWeights(hosts: readonly Host[]): boolean {
    const first = hosts.length === 0 ? 1 : this.configuredWeight(hosts[0]!)
    for (const host of hosts) if (this.configuredWeight(host) !== first) return false
    return true
  }

  #inSlowStart(): boolean {
    return this.#slowStart !== undefined && this.#slowStart.covers(this.#latestMs)
  }
}

function latest(hosts: readonly Host[]): number {
  let at = Number.NEGATIVE_INFINITY
  for (const host of hosts) if (host.health === 'healthy') at = Math.max(at, host.healthySinceMs ?? at)
  return at
}
