import type { Timer } from '@nuncio/core'
import { HealthFlag } from '../contracts/host.ts'
import type { ClusterHost } from '../host/cluster-host.ts'
import type { HealthChecker } from './health-checker.ts'
import type { FailureType, ProbeInFlight, ProbeResult } from './probe.ts'

/** Whether a check moved a host's health, is on the way to it, or neither. */
export type HealthTransition = 'changed' | 'pending' | 'unchanged'

/** One health check of one host: counts results, drives the host's flags, sets the time of the next check. */
export class HealthSession {
  readonly host: ClusterHost
  readonly #checker: HealthChecker
  /** Whether this check (there may be others) holds the host to be failed, and degraded. */
  failed: boolean
  degraded: boolean
  /** No result yet. */
  first: boolean
  #successes = 0
  #failures = 0
  #timer: Timer | undefined = undefined
  #probe: ProbeInFlight | undefined = undefined
  /** Number of the check under way; a result that comes late bears an older one. */
  #run = 0
  #stopped = false

  /** `checkedBefore`: the host's flags are what such checks found. */
  constructor(host: ClusterHost, checker: HealthChecker, checkedBefore: boolean) {
    this.host = host
    this.#checker = checker
    this.first = !checkedBefore
    this.failed = (host.healthFlags & HealthFlag.failedActive) !== 0
    this.degraded = checkedBefore && (host.healthFlags & HealthFlag.degradedActive) !== 0
  }

  start(): void {
    const jitter = this.#checker.info.initialJitterMs
    if (jitter === 0) this.#check()
    else this.#wait(this.#checker.withJitter(0, jitter))
  }

  stop(): void {
    this.#stopped = true
    this.#endCheck()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** A failure that was seen in traffic, not by a check. */
  failPassively(): void {
    this.#fail('PASSIVE', false)
  }

  #check(): void {
    const run = ++this.#run
    const { time } = this.#checker.options
    this.#checker.stats.attempt.inc()
    this.#timer = time.setTimer(this.#checker.info.timeoutMs, () => {
      this.#endCheck()
      this.#finishFailed('NETWORK_TIMEOUT', false)
    })
    const probe = this.#checker.options.probe.check(this.host, (result) => {
      if (run === this.#run) this.#onResult(result)
    })
    // The result may have come before `check` returned.
    if (run === this.#run) this.#probe = probe
  }

  #endCheck(): void {
    this.#run++
    const probe = this.#probe
    this.#probe = undefined
    probe?.cancel()
  }

  #onResult(result: ProbeResult): void {
    this.#run++
    this.#probe = undefined
    this.#timer?.cancel()
    if (result.ok) return this.#succeed(result.degraded ?? false)
    if (result.excluded === true) this.host.healthFlags |= HealthFlag.excludedByImmediateFail
    this.#finishFailed(result.type, result.retriable ?? false)
  }

  #succeed(degraded: boolean): void {
    const { stats, info } = this.#checker
    this.#failures = 0
    let transition: HealthTransition = 'unchanged'
    if (this.failed) {
      // The first result ever is believed at once, so that start-up does not wait for the threshold.
      transition = this.first || ++this.#successes >= info.healthyThreshold ? 'changed' : 'pending'
      this.host.healthySinceMs = this.#checker.options.time.monotonicMs()
      if (transition === 'changed') this.#recover()
    }
    if (transition !== 'changed' && info.logSuccesses)
      this.#checker.tell(this.host, { what: 'successful_health_check_event' })
    transition = this.#clearPending(transition)
    if (degraded !== this.degraded) {
      this.degraded = degraded
      if (degraded) stats.degraded.inc()
      else stats.degraded.dec()
      this.#checker.tell(this.host, { what: degraded ? 'degraded_healthy_host' : 'no_longer_degraded_host' })
      if (transition === 'unchanged') transition = 'changed'
    }
    stats.success.inc()
    this.first = false
    this.#checker.onChecked(this, transition, true)
    this.#wait(this.#checker.interval(true, transition))
  }

  #recover(): void {
    this.failed = false
    this.#successes = 0
    this.host.healthFlags &= ~(HealthFlag.activeTimeout | HealthFlag.excludedByImmediateFail)
    this.#checker.stats.healthy.inc()
    this.#checker.tell(this.host, { what: 'add_healthy_event', first: this.first })
  }

  #finishFailed(type: FailureType, retriable: boolean): void {
    const transition = this.#fail(type, retriable)
    this.#wait(this.#checker.interval(false, transition))
  }

  #fail(type: FailureType, retriable: boolean): HealthTransition {
    const { stats, info } = this.#checker
    const network = type === 'NETWORK' || type === 'NETWORK_TIMEOUT'
    this.#successes = 0
    let transition: HealthTransition = 'unchanged'
    if (!this.failed) {
      const atOnce = !network && !retriable
      transition = atOnce || ++this.#failures >= info.unhealthyThreshold ? 'changed' : 'pending'
      if (transition === 'changed') {
        this.failed = true
        this.#failures = 0
        stats.healthy.dec()
        this.#checker.tell(this.host, { what: 'eject_unhealthy_event', failure: type })
      }
    }
    if (type === 'NETWORK_TIMEOUT' && this.failed) this.host.healthFlags |= HealthFlag.activeTimeout
    else this.host.healthFlags &= ~HealthFlag.activeTimeout
    transition = this.#clearPending(transition)
    if (this.first || info.logFailures) {
      this.#checker.tell(this.host, { what: 'health_check_failure_event', failure: type, first: this.first })
    }
    stats.failure.inc()
    if (network) stats.networkFailure.inc()
    else if (type === 'PASSIVE') stats.passiveFailure.inc()
    this.first = false
    this.#checker.onChecked(this, transition, false)
    return transition
  }

  /** The first result ends a new host's exclusion, whatever it was. */
  #clearPending(transition: HealthTransition): HealthTransition {
    if ((this.host.healthFlags & HealthFlag.pendingActive) === 0) return transition
    this.host.healthFlags &= ~HealthFlag.pendingActive
    return 'changed'
  }

  #wait(delayMs: number): void {
    // A callback may have ended this session.
    if (this.#stopped) return
    this.#timer?.cancel()
    this.#timer = this.#checker.options.time.setTimer(delayMs, () => this.#check())
  }
}
