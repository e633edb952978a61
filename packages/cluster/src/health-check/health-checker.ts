import type { Counter, Gauge, RandomGenerator, Runtime, StatsScope, TimeSource } from '@nuncio/core'
import { HealthFlag } from '../contracts/host.ts'
import type { ClusterHost } from '../host/cluster-host.ts'
import { healthCheckEvent, type HealthCheckEvent, type HealthCheckStory } from './events.ts'
import type { HealthCheckInfo } from './info.ts'
import type { HealthProbe } from './probe.ts'
import { HealthSession, type HealthTransition } from './session.ts'

/** What one `health_checks` entry of a cluster is run with. */
export interface HealthCheckerOptions {
  readonly clusterName: string
  readonly probe: HealthProbe
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  /** `cluster.<name>.` */
  readonly stats: StatsScope
  /** Whether the cluster has had an upstream connection yet; until then checks are slower. */
  readonly hadTraffic: () => boolean
  /** Whether a host that is added has its flags from checks like these: it does not wait for a first result then. */
  readonly checkedBefore?: (host: ClusterHost) => boolean
  /**
   * After each result; the host's flags are set by then. `changed`: its health or exclusion moved, so host sets must be
   * built anew.
   */
  readonly onChecked: (host: ClusterHost, transition: HealthTransition, ok: boolean) => void
  readonly onEvent?: (event: HealthCheckEvent) => void
}

/** Counters of `cluster.<name>.health_check.*`. */
class HealthCheckStats {
  readonly attempt: Counter
  readonly success: Counter
  readonly failure: Counter
  readonly passiveFailure: Counter
  readonly networkFailure: Counter
  readonly verifyCluster: Counter
  readonly healthy: Gauge
  readonly degraded: Gauge

  constructor(scope: StatsScope) {
    this.attempt = scope.counter('health_check.attempt')
    this.success = scope.counter('health_check.success')
    this.failure = scope.counter('health_check.failure')
    this.passiveFailure = scope.counter('health_check.passive_failure')
    this.networkFailure = scope.counter('health_check.network_failure')
    this.verifyCluster = scope.counter('health_check.verify_cluster')
    this.healthy = scope.gauge('health_check.healthy')
    this.degraded = scope.gauge('health_check.degraded')
  }
}

/**
 * Runs one configured health check over the hosts of a cluster: a session for each, on its own timer. It opens no
 * socket; the probe does. Several checkers may share hosts when `siblings` names the others: a host is then healthy
 * only when every check holds it to be.
 */
export class HealthChecker {
  readonly info: HealthCheckInfo
  readonly options: HealthCheckerOptions
  readonly stats: HealthCheckStats
  readonly #sessions = new Map<ClusterHost, HealthSession>()
  #siblings: readonly HealthChecker[] = [this]

  constructor(info: HealthCheckInfo, options: HealthCheckerOptions) {
    this.info = info
    this.options = options
    this.stats = new HealthCheckStats(options.stats)
  }

  /** All checkers of the cluster, this one among them. */
  set siblings(checkers: readonly HealthChecker[]) {
    this.#siblings = checkers
  }

  /** Whether every host has had its first result: a cluster is warm then. */
  get firstRoundDone(): boolean {
    for (const session of this.#sessions.values()) if (session.first) return false
    return true
  }

  sessionOf(host: ClusterHost): HealthSession | undefined {
    return this.#sessions.get(host)
  }

  /** Begins to check hosts; those that opted out are passed over. */
  add(hosts: Iterable<ClusterHost>): void {
    for (const host of hosts) {
      if (host.healthCheckTarget?.disabled === true || this.#sessions.has(host)) continue
      const session = new HealthSession(host, this, this.options.checkedBefore?.(host) ?? false)
      this.#sessions.set(host, session)
      if (!session.failed) this.stats.healthy.inc()
      if (session.degraded) this.stats.degraded.inc()
      session.start()
    }
  }

  remove(hosts: Iterable<ClusterHost>): void {
    for (const host of hosts) {
      const session = this.#sessions.get(host)
      if (session === undefined) continue
      this.#sessions.delete(host)
      session.stop()
      if (!session.failed) this.stats.healthy.dec()
      if (session.degraded) this.stats.degraded.dec()
      this.options.probe.release?.(host)
      // Somebody may wait for a first result that will not come now.
      if (session.first) this.options.onChecked(host, 'unchanged', !session.failed)
    }
  }

  /** A response said `x-envoy-immediate-health-check-fail`: the host is failed and excluded until a check passes. */
  failImmediately(host: ClusterHost): void {
    const session = this.#sessions.get(host)
    if (session === undefined) return
    host.healthFlags |= HealthFlag.excludedByImmediateFail
    session.failPassively()
  }

  dispose(): void {
    this.remove([...this.#sessions.keys()])
  }

  /** @internal A session has a result: the flags of its host follow from all checks. */
  onChecked(session: HealthSession, transition: HealthTransition, ok: boolean): void {
    const { host } = session
    const before = host.healthFlags
    let failed = session.failed
    let degraded = session.degraded
    for (const other of this.#siblings) {
      const theirs = other.sessionOf(host)
      failed ||= theirs?.failed ?? false
      degraded ||= theirs?.degraded ?? false
    }
    const rest = before & ~(HealthFlag.failedActive | HealthFlag.degradedActive)
    host.healthFlags = rest | (failed ? HealthFlag.failedActive : 0) | (degraded ? HealthFlag.degradedActive : 0)
    this.options.onChecked(host, transition, ok)
  }

  /** @internal */
  tell(host: ClusterHost, story: HealthCheckStory): void {
    if (this.options.onEvent === undefined) return
    const context = { type: this.info.type, clusterName: this.options.clusterName, wallMs: this.options.time.wallMs() }
    this.options.onEvent(healthCheckEvent(host, story, context))
  }

  /** @internal Milliseconds until the next check. */
  interval(ok: boolean, transition: HealthTransition): number {
    const { info } = this
    const pending = transition === 'pending'
    let base: number
    if (!this.options.hadTraffic()) base = ok && !pending ? info.noTrafficHealthyIntervalMs : info.noTrafficIntervalMs
    else if (ok) base = pending ? info.healthyEdgeIntervalMs : info.intervalMs
    else base = pending ? info.unhealthyEdgeIntervalMs : info.unhealthyIntervalMs
    return this.withJitter(base, info.intervalJitterMs)
  }

  /** @internal One draw for the percentage, one for the fixed jitter, each only when configured. */
  withJitter(baseMs: number, jitterMs: number): number {
    const { random, runtime } = this.options
    const percent = Math.floor((this.info.intervalJitterPercent * baseMs) / 100)
    let delay = baseMs
    if (percent > 0) delay += random.uint32() % percent
    if (jitterMs > 0) delay += random.uint32() % jitterMs
    const most = runtime.number('health_check.max_interval', Number.POSITIVE_INFINITY)
    return Math.max(1, runtime.number('health_check.min_interval', 0), Math.min(delay, most))
  }
}
