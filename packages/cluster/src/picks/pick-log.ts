import type { RandomGenerator, Runtime, TimeSource } from '@nuncio/core'
import type { Cluster, LoggedPick } from '../contracts/cluster.ts'
import type { Host } from '../contracts/host.ts'
import type { LoadBalancerContext } from '../contracts/load-balancer.ts'

/** How many decisions a cluster remembers; older ones are forgotten. */
const KEPT = 64
/** How many hosts of each are remembered. */
const MOST_HOSTS = 32
const PARTS = 1_000_000

/** The cluster whose picks are kept, and what it draws and decides with. */
export interface PickLogOptions {
  readonly cluster: string
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
}

/**
 * Remembers how some of a cluster's picks came about: the percentage in the runtime's `balancers.log_picks.<cluster>`, or
 * else in `balancers.log_picks`; none by default. An explanation costs far more than a pick.
 */
export class PickLog {
  readonly #options: PickLogOptions
  readonly #picks: LoggedPick[] = []
  #next = 0
  #version: number | undefined = Number.NaN
  /** Of a million. */
  #share = 0

  constructor(options: PickLogOptions) {
    this.#options = options
  }

  /** Data side: whether the pick that is about to be made is one to remember. */
  get wants(): boolean {
    if (this.#options.runtime.version !== this.#version) this.#follow()
    if (this.#share <= 0) return false
    return this.#share >= PARTS || this.#options.random.uint32() % PARTS < this.#share
  }

  #follow(): void {
    const { runtime, cluster } = this.#options
    this.#version = runtime.version
    const percent = runtime.number(`balancers.log_picks.${cluster}`, runtime.number('balancers.log_picks', 0))
    this.#share = Number.isFinite(percent) ? (percent / 100) * PARTS : 0
  }

  /** Makes a pick and remembers it. */
  choose(cluster: Cluster, context: LoadBalancerContext): Host | undefined {
    const explanation = cluster.explain?.(context)
    const host = cluster.loadBalancer.chooseHost(context)
    if (explanation === undefined) return host
    const { candidates } = explanation
    this.#picks[this.#next++ % KEPT] = {
      atMs: this.#options.time.wallMs(),
      requestId: context.info?.requestId ?? '',
      attempt: context.attempt,
      explanation: { ...explanation, candidates: candidates.slice(0, MOST_HOSTS) },
      moreHosts: Math.max(0, candidates.length - MOST_HOSTS),
      chosen: host?.address,
    }
    return host
  }

  /** What is remembered, the newest first. */
  recent(): readonly LoggedPick[] {
    return [...this.#picks.keys()].map((back) => this.#picks[(this.#next - 1 - back) % KEPT]!)
  }
}
