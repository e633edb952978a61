import { type Counter, type Gauge, type Hash64, type StatsScope, type TextReadout, xxHash64 } from '@nuncio/core'

/** What a subscription counts, in Envoy's names. */
export class SubscriptionStats {
  readonly attempt: Counter
  readonly success: Counter
  /** Responses that could not be had or read. */
  readonly failure: Counter
  /** Responses that could be read and not be used. */
  readonly rejected: Counter
  readonly #time: Gauge
  readonly #version: Gauge
  readonly #versionText: TextReadout

  constructor(scope: StatsScope) {
    this.attempt = scope.counter('update_attempt')
    this.success = scope.counter('update_success')
    this.failure = scope.counter('update_failure')
    this.rejected = scope.counter('update_rejected')
    scope.counter('init_fetch_timeout')
    this.#time = scope.gauge('update_time')
    this.#version = scope.gauge('version')
    this.#versionText = scope.text('version_text')
  }

  /** A response is in use. */
  taken(version: string, wallMs: number): void {
    this.success.inc()
    this.#time.set(Math.round(wallMs))
    this.#version.set(versionNumber(version))
    this.#versionText.value = version
  }
}

const hash: Hash64 = { high: 0, low: 0 }

/** Envoy's number for a version, as exact as a number here can be. */
function versionNumber(version: string): number {
  xxHash64(version, hash)
  return hash.high * 2 ** 32 + hash.low
}
