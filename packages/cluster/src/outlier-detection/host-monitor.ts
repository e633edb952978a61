import type { ClusterHost } from '../host/cluster-host.ts'
import { SuccessRate } from './success-rate.ts'

/** What outlier detection knows of one host. */
export class HostMonitor {
  readonly host: ClusterHost
  external = new SuccessRate()
  local = new SuccessRate()
  consecutive5xx = 0
  consecutiveGateway = 0
  consecutiveLocal = 0
  /** One counter for each extension monitor. */
  readonly extensions: number[]
  ejections = 0
  /** How many base times the next ejection lasts; falls again while the host behaves. */
  backoff = 0
  jitterMs = 0
  lastEjectionMs = -1
  lastUnejectionMs = -1
  /** Percent, as of the last interval in which there were requests enough; -1 = none. */
  externalRate = -1
  localRate = -1
  /** Degraded by what it answers: since when, how long; as for ejections. */
  degradedSinceMs = -1
  degradedBackoff = 0

  constructor(host: ClusterHost, extensions: number) {
    this.host = host
    this.extensions = Array.from({ length: extensions }, () => 0)
  }

  /** What was known of the same host in the cluster before. Extension monitors may be others: they begin anew. */
  takeOver(before: HostMonitor): void {
    const { host: _host, extensions: _extensions, ...known } = before
    Object.assign(this, known)
  }

  forgetFailures(): void {
    this.consecutive5xx = this.consecutiveGateway = this.consecutiveLocal = 0
    this.extensions.fill(0)
  }
}
