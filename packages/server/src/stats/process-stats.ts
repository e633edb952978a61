import type { LoadResult } from '@nuncio/config'
import { type Counter, type Gauge, type Histogram, type StatsStore, unmoved } from '@nuncio/core'
import type { Expiry } from '@nuncio/tls'
import { getFips } from 'node:crypto'

/** What Envoy says of a process that has no certificate to expire. */
const NO_CERTIFICATE = 2 ** 32 - 1
const DAY_MS = 86_400_000

/** What is asked of a configuration that was read. */
type Read = Pick<LoadResult<unknown>, 'problems'>

/** Handles to the part of `server.*` that tells of one process, and to what `runtime.*` says of its configurations. */
export class ProcessStats {
  readonly live: Gauge
  readonly state: Gauge
  readonly concurrency: Gauge
  /** Downstream connections; those of a process that hands over to this one are counted, too, once they are told. */
  readonly connections: Gauge
  /** From the beginning until everything listens, ms. */
  readonly initializationTime: Histogram
  readonly #certificate: Gauge
  readonly #ocsp: Gauge
  readonly #staticUnknown: Counter
  readonly #dynamicUnknown: Counter
  readonly #deprecated: Counter
  readonly #deprecatedSeen: Gauge

  constructor(stats: StatsStore, version: string) {
    const scope = stats.scope('server.')
    this.live = scope.gauge('live')
    this.state = scope.gauge('state')
    this.concurrency = scope.gauge('concurrency')
    this.connections = scope.gauge('total_connections')
    this.initializationTime = scope.histogram('initialization_time_ms')
    this.#certificate = scope.gauge('days_until_first_cert_expiring')
    this.#ocsp = scope.gauge('seconds_until_first_ocsp_response_expiring')
    this.#staticUnknown = scope.counter('static_unknown_fields')
    this.#dynamicUnknown = scope.counter('dynamic_unknown_fields')
    this.#deprecated = stats.counter('runtime.deprecated_feature_use')
    this.#deprecatedSeen = stats.gauge('runtime.deprecated_feature_seen_since_process_start')
    scope.gauge('version').set(versionNumber(version))
    scope.gauge('hot_restart_epoch')
    scope.gauge('hot_restart_generation').set(1)
    scope.gauge('compilation_settings.fips_mode').set(getFips())
    unmoved(scope, UNMOVED, ['parent_connections', 'stats_recent_lookups'])
    // Without an overload manager these stay as they are.
    stats.histogram('overload.refresh_interval_delay')
    stats.counter('envoy.overload_actions.reset_high_memory_stream.count')
  }

  /** The configuration that the process began with. */
  began(read: Read): void {
    this.#count(read, this.#staticUnknown)
  }

  /** Another one, applied or not. */
  reloaded(read: Read): void {
    this.#count(read, this.#dynamicUnknown)
  }

  #count({ problems }: Read, unknown: Counter): void {
    for (const { code } of problems) {
      if (code === 'unknown-field') unknown.inc()
      if (code !== 'deprecated') continue
      this.#deprecated.inc()
      this.#deprecatedSeen.inc()
    }
  }

  /** Shows how long the certificates and OCSP responses in use are good for; `nowMs` on the wall clock. */
  expire({ certificateMs, ocspMs }: Expiry, nowMs: number): void {
    const left = (endMs: number, unitMs: number): number => Math.max(0, Math.floor((endMs - nowMs) / unitMs))
    this.#certificate.set(Number.isFinite(certificateMs) ? left(certificateMs, DAY_MS) : NO_CERTIFICATE)
    this.#ocsp.set(Number.isFinite(ocspMs) ? left(ocspMs, 1000) : 0)
  }
}

const UNMOVED = ['debug_assertion_failures', 'dropped_stat_flushes', 'envoy_notifications', 'wip_protos']

/** `1.2.3` as 10203, so that a later version is a larger number. */
function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0)
  return (major * 100 + minor) * 100 + patch
}
