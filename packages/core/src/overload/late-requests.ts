import type { Counter } from '../stats/stats.ts'

/** When requests are late, and what to do about it. */
export interface LateRequestsPolicy {
  /** A request is late when the turn of the event loop in which it begins has been going on for longer, ms. */
  readonly maxWaitMs: number
  /** Late requests are turned away once there have been some all the time for so long, ms: a burst is not overload. */
  readonly graceMs: number
  /** Paths, without a query, whose requests are never turned away. */
  readonly alwaysAdmit: ReadonlySet<string>
  /** How long the current turn of the event loop has been at requests, ms; at its first one 0. */
  readonly turnMs: () => number
  /** Any monotonic clock, ms. */
  readonly nowMs: () => number
  /** What was turned away. */
  readonly count: Counter
}

/**
 * Bounds how long a request waits for others that came with it. A proxy that gets more than it can do finds more and more
 * requests at each turn of its event loop, does them all, and answers each of them too late. Here only so many begin as fit
 * into `maxWaitMs`, in the order in which they are found; the rest is answered at once. The first of a turn always begins.
 */
export class LateRequests {
  #policy: LateRequestsPolicy | undefined = undefined
  #since = 0
  #last = Number.NEGATIVE_INFINITY
  #longest = 0

  /** From now on. */
  set policy(policy: LateRequestsPolicy) {
    this.#policy = policy
  }

  /** The longest wait since this was last asked, ms. */
  takeLongest(): number {
    const longest = this.#longest
    this.#longest = 0
    return longest
  }

  /** Whether to turn this request away. */
  sheds(request: { readonly path: string }): boolean {
    const policy = this.#policy
    if (policy === undefined) return false
    const wait = policy.turnMs()
    if (wait > this.#longest) this.#longest = wait
    return wait > policy.maxWaitMs && this.#shedsLate(policy, request)
  }

  #shedsLate(policy: LateRequestsPolicy, request: { readonly path: string }): boolean {
    const now = policy.nowMs()
    if (now - this.#last > policy.graceMs) this.#since = now
    this.#last = now
    if (now - this.#since < policy.graceMs || policy.alwaysAdmit.has(withoutQuery(request.path))) return false
    policy.count.inc()
    return true
  }
}

function withoutQuery(path: string): string {
  const at = path.indexOf('?')
  return at < 0 ? path : path.slice(0, at)
}
