import type { RandomGenerator, StatsScope, Timer, TimeSource } from '@nuncio/core'
import type { Outcome } from '../contracts/cluster.ts'
import { HealthFlag, type Host } from '../contracts/host.ts'
import type { ClusterHost } from '../host/cluster-host.ts'
import { failedToConnect, httpStatusOf } from './classify.ts'
import { type ConsecutiveErrors, isHttpError } from './consecutive-errors.ts'
import type { EjectionType, OutlierEvent } from './events.ts'
import { HostMonitor } from './host-monitor.ts'
import type { OutlierInfo } from './info.ts'
import { OutlierStats } from './stats.ts'
import { judgeSuccessRates, type RateVerdict } from './judge.ts'

/** What the outlier detection of one cluster judges by, and whom it tells. */
export interface OutlierDetectorOptions {
  readonly clusterName: string
  readonly monitors: readonly ConsecutiveErrors[]
  readonly time: TimeSource
  readonly random: RandomGenerator
  /** `cluster.<name>.` */
  readonly stats: StatsScope
  /** A host's flags moved: host sets must be built anew. */
  readonly onChanged: (host: ClusterHost) => void
  readonly onEvent?: (event: OutlierEvent) => void
}

/** Watches how requests to the hosts of one cluster end, and takes hosts out for a while that stand out. */
export class OutlierDetector {
  readonly #info: OutlierInfo
  readonly #options: OutlierDetectorOptions
  readonly #stats: OutlierStats
  readonly #monitors = new Map<Host, HostMonitor>()
  #timer: Timer | undefined = undefined
  /** Mean and threshold of the last interval, percent; -1 = not enough requests. */
  externalRates: RateVerdict = { mean: -1, threshold: -1 }
  localRates: RateVerdict = { mean: -1, threshold: -1 }

  constructor(info: OutlierInfo, options: OutlierDetectorOptions) {
    this.#info = info
    this.#options = options
    this.#stats = new OutlierStats(options.stats)
    this.#arm()
  }

  /** What is known of a host, for `/clusters` and tests. */
  monitorOf(host: Host): HostMonitor | undefined {
    return this.#monitors.get(host)
  }

  add(hosts: Iterable<ClusterHost>): void {
    for (const host of hosts) this.#monitors.set(host, new HostMonitor(host, this.#options.monitors.length))
  }

  /**
   * Goes on where the detector of the cluster before left off: hosts of the same address keep their counts, and those that
   * are ejected stay so until their time is over. Answers the hosts whose health moved.
   */
  takeOver(before: OutlierDetector): ClusterHost[] {
    const old = new Map([...before.#monitors.values()].map((monitor) => [monitor.host.address, monitor]))
    const moved: ClusterHost[] = []
    for (const monitor of this.#monitors.values()) {
      const known = old.get(monitor.host.address)
      if (known === undefined || isEjected(monitor.host)) continue
      monitor.takeOver(known)
      const flags = known.host.healthFlags & (HealthFlag.failedOutlier | HealthFlag.degradedOutlier)
      if (flags === 0) continue
      monitor.host.healthFlags |= flags
      if (isEjected(monitor.host)) this.#stats.active.inc()
      moved.push(monitor.host)
    }
    return moved
  }

  remove(hosts: Iterable<ClusterHost>): void {
    for (const host of hosts) {
      if (this.#monitors.delete(host) && isEjected(host)) this.#stats.active.dec()
    }
  }

  dispose(): void {
    this.#timer?.cancel()
    this.remove([...this.#monitors.values()].map((monitor) => monitor.host))
  }

  /** Data side: how one try ended. A try that a circuit breaker stopped says nothing of the host. */
  report(host: Host, outcome: Outcome): void {
    const monitor = this.#monitors.get(host)
    if (monitor === undefined || outcome.reset === 'overflow') return
    const failed = outcome.status === 0 && outcome.reset !== undefined
    if (!this.#info.split) this.#countStatus(monitor, httpStatusOf(outcome))
    else if (failed) {
      // Each connection that is made is a success of its own, whatever happens on it afterwards.
      if (!failedToConnect(outcome.reset)) this.#countLocal(monitor, true)
      this.#countLocal(monitor, false)
    } else {
      this.#countLocal(monitor, true)
      if (outcome.status !== 0) this.#countStatus(monitor, httpStatusOf(outcome))
    }
    if (this.#options.monitors.length > 0) this.#countExtensions(monitor, outcome, failed)
    if (outcome.degraded === true && this.#info.detectDegraded) this.#degrade(monitor)
  }

  /** An active health check passed: an ejected host comes back at once, unless configured otherwise. */
  onCheckPassed(host: ClusterHost): void {
    const monitor = this.#monitors.get(host)
    if (monitor === undefined || !this.#info.unejectOnPassedCheck) return
    if (isEjected(host) && (host.healthFlags & HealthFlag.failedActive) === 0) this.#uneject(monitor)
  }

  #countStatus(monitor: HostMonitor, status: number): void {
    if (status < 500) {
      monitor.external.count(true)
      monitor.consecutive5xx = monitor.consecutiveGateway = 0
      return
    }
    monitor.external.count(false)
    if (status >= 502 && status <= 504) {
      if (++monitor.consecutiveGateway === this.#info.number('consecutive_gateway_failure')) {
        this.#detect(monitor, 'CONSECUTIVE_GATEWAY_FAILURE')
        monitor.consecutiveGateway = 0
      }
    } else monitor.consecutiveGateway = 0
    if (++monitor.consecutive5xx === this.#info.number('consecutive_5xx')) {
      if (!isEjected(monitor.host)) this.#stats.consecutive5xx.inc()
      this.#detect(monitor, 'CONSECUTIVE_5XX')
      monitor.consecutive5xx = 0
    }
  }

  #countLocal(monitor: HostMonitor, ok: boolean): void {
    monitor.local.count(ok)
    if (ok) monitor.consecutiveLocal = 0
    else if (++monitor.consecutiveLocal === this.#info.number('consecutive_local_origin_failure')) {
      this.#detect(monitor, 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE')
      monitor.consecutiveLocal = 0
    }
  }

  #countExtensions(monitor: HostMonitor, outcome: Outcome, failed: boolean): void {
    const status = this.#info.split && failed ? 0 : httpStatusOf(outcome)
    for (let i = 0; i < this.#options.monitors.length; i++) {
      const extension = this.#options.monitors[i]!
      const byStatus = status === 0 ? undefined : isHttpError(extension, status)
      const byOrigin = extension.localOrigin ? failed : undefined
      if (byStatus === undefined && byOrigin === undefined) continue
      if (byStatus !== true && byOrigin !== true) monitor.extensions[i] = 0
      else if (++monitor.extensions[i]! >= extension.threshold) {
        monitor.extensions[i] = 0
        this.#detect(monitor, 'EXTENSION', extension)
      }
    }
  }

  #detect(monitor: HostMonitor, type: EjectionType, extension?: ConsecutiveErrors): void {
    if (isEjected(monitor.host)) return
    this.#stats.detected(type)
    this.#tryToEject(monitor, type, extension)
  }

  #tryToEject(monitor: HostMonitor, type: EjectionType, extension?: ConsecutiveErrors): void {
    const active = this.#stats.active.value
    const percent = (100 * (active + 1)) / this.#monitors.size
    const most = Math.min(100, this.#info.number('max_ejection_percent'))
    if (percent > most && !(this.#info.alwaysEjectOne && active === 0)) {
      this.#stats.overflow.inc()
      return
    }
    if (type === 'CONSECUTIVE_5XX' || type === 'SUCCESS_RATE') this.#stats.total.inc()
    const enforced = this.#roll(type, extension)
    if (enforced) this.#eject(monitor, type)
    this.#tell(
      monitor,
      { type, action: 'EJECT', enforced, ...this.#detail(monitor, type, extension) },
      monitor.lastUnejectionMs,
    )
  }

  #eject(monitor: HostMonitor, type: EjectionType): void {
    const { time, random } = this.#options
    this.#stats.active.inc()
    this.#stats.enforced(type)
    monitor.host.healthFlags |= HealthFlag.failedOutlier
    monitor.ejections++
    monitor.lastEjectionMs = time.monotonicMs()
    const jitter = this.#info.time('max_ejection_time_jitter')
    monitor.jitterMs = jitter > 0 ? random.uint32() % (jitter + 1) : 0
    monitor.backoff = this.#longer(monitor.backoff)
    this.#options.onChanged(monitor.host)
  }

  /** One more base time, while that is not more than one base time beyond the longest ejection. */
  #longer(backoff: number): number {
    const base = this.#info.time('base_ejection_time')
    return backoff * base < this.#info.time('max_ejection_time') + base ? backoff + 1 : backoff
  }

  #uneject(monitor: HostMonitor): void {
    this.#stats.active.dec()
    monitor.host.healthFlags &= ~HealthFlag.failedOutlier
    monitor.forgetFailures()
    monitor.lastUnejectionMs = this.#options.time.monotonicMs()
    this.#options.onChanged(monitor.host)
    this.#tell(monitor, { action: 'UNEJECT' }, monitor.lastEjectionMs)
  }

  #degrade(monitor: HostMonitor): void {
    const first = (monitor.host.healthFlags & HealthFlag.degradedOutlier) === 0
    if (!first) return
    this.#stats.detected('DEGRADED')
    monitor.host.healthFlags |= HealthFlag.degradedOutlier
    monitor.degradedSinceMs = this.#options.time.monotonicMs()
    monitor.degradedBackoff = this.#longer(monitor.degradedBackoff)
    this.#options.onChanged(monitor.host)
    this.#tell(monitor, { type: 'DEGRADED', action: 'EJECT', enforced: true }, -1)
  }

  #arm(): void {
    this.#timer = this.#options.time.setTimer(this.#info.time('interval'), () => this.#tick())
  }

  #tick(): void {
    const now = this.#options.time.monotonicMs()
    for (const monitor of this.#monitors.values()) {
      if (isEjected(monitor.host) && this.#isOver(monitor.backoff, monitor.jitterMs, monitor.lastEjectionMs, now))
        this.#uneject(monitor)
      this.#recoverDegraded(monitor, now)
      monitor.external.turn()
      monitor.local.turn()
      monitor.externalRate = monitor.localRate = -1
    }
    this.externalRates = this.#judge('external')
    this.localRates = this.#judge('local')
    for (const monitor of this.#monitors.values()) this.#shorten(monitor, now)
    this.#arm()
  }

  #isOver(backoff: number, jitterMs: number, sinceMs: number, now: number): boolean {
    return this.#lasts(backoff) + jitterMs <= now - sinceMs
  }

  #lasts(backoff: number): number {
    return Math.min(this.#info.time('base_ejection_time') * backoff, this.#info.time('max_ejection_time'))
  }

  /**
   * When an ejected host may be used again, monotonic ms: at the first interval tick at or after this moment, or when an
   * active check passes. Undefined: it is not ejected.
   */
  ejectedUntilMs(host: Host): number | undefined {
    const monitor = this.#monitors.get(host)
    if (monitor === undefined || !isEjected(monitor.host)) return undefined
    return monitor.lastEjectionMs + this.#lasts(monitor.backoff) + monitor.jitterMs
  }

  #recoverDegraded(monitor: HostMonitor, now: number): void {
    if ((monitor.host.healthFlags & HealthFlag.degradedOutlier) === 0) {
      monitor.degradedBackoff = Math.max(0, monitor.degradedBackoff - 1)
      return
    }
    if (!this.#isOver(monitor.degradedBackoff, 0, monitor.degradedSinceMs, now)) return
    monitor.host.healthFlags &= ~HealthFlag.degradedOutlier
    this.#options.onChanged(monitor.host)
  }

  /** A host that has behaved for a whole interval since it came back is ejected for a shorter time next. */
  #shorten(monitor: HostMonitor, now: number): void {
    if (isEjected(monitor.host) || monitor.lastUnejectionMs < 0 || monitor.backoff === 0) return
    if (now - monitor.lastUnejectionMs >= this.#info.time('interval')) monitor.backoff--
  }

  #judge(origin: 'external' | 'local'): RateVerdict {
    return judgeSuccessRates(this.#monitors.values(), origin, this.#info, (monitor, type, verdict) => {
      if (type.startsWith('SUCCESS_RATE')) this.#stats.successRate.inc()
      if (origin === 'external') this.externalRates = verdict
      else this.localRates = verdict
      this.#stats.detected(type)
      if (!isEjected(monitor.host)) this.#tryToEject(monitor, type)
    })
  }

  #roll(type: EjectionType, extension: ConsecutiveErrors | undefined): boolean {
    const percent =
      extension === undefined
        ? this.#info.number(ENFORCING[type as keyof typeof ENFORCING])
        : this.#info.enforcing(`enforcing_extension.${extension.name}`, extension.enforcing)
    if (percent <= 0 || percent >= 100) return percent > 0
    return this.#options.random.uint32() % 100 < percent
  }

  #detail(monitor: HostMonitor, type: EjectionType, extension: ConsecutiveErrors | undefined): Partial<OutlierEvent> {
    if (extension !== undefined) return { eject_extension_event: { monitor_name: extension.name } }
    const local = type.endsWith('LOCAL_ORIGIN')
    const rate = local ? monitor.localRate : monitor.externalRate
    if (type.startsWith('FAILURE_PERCENTAGE'))
      return { eject_failure_percentage_event: { host_success_rate: Math.floor(rate) } }
    if (!type.startsWith('SUCCESS_RATE')) return { eject_consecutive_event: {} }
    const { mean, threshold } = local ? this.localRates : this.externalRates
    return {
      eject_success_rate_event: {
        host_success_rate: Math.floor(rate),
        cluster_average_success_rate: Math.floor(mean),
        cluster_success_rate_ejection_threshold: Math.max(0, Math.floor(threshold)),
      },
    }
  }

  #tell(monitor: HostMonitor, event: Partial<OutlierEvent>, lastActionMs: number): void {
    if (this.#options.onEvent === undefined) return
    const { time, clusterName } = this.#options
    this.#options.onEvent({
      ...event,
      timestamp: time.wallMs(),
      ...(lastActionMs >= 0 && { secs_since_last_action: Math.floor((time.monotonicMs() - lastActionMs) / 1000) }),
      cluster_name: clusterName,
      upstream_url: monitor.host.address,
      num_ejections: monitor.ejections,
    })
  }
}

function isEjected(host: Host): boolean {
  return (host.healthFlags & HealthFlag.failedOutlier) !== 0
}

const ENFORCING = {
  CONSECUTIVE_5XX: 'enforcing_consecutive_5xx',
  CONSECUTIVE_GATEWAY_FAILURE: 'enforcing_consecutive_gateway_failure',
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE: 'enforcing_consecutive_local_origin_failure',
  SUCCESS_RATE: 'enforcing_success_rate',
  SUCCESS_RATE_LOCAL_ORIGIN: 'enforcing_local_origin_success_rate',
  FAILURE_PERCENTAGE: 'enforcing_failure_percentage',
  FAILURE_PERCENTAGE_LOCAL_ORIGIN: 'enforcing_failure_percentage_local_origin',
} as const
