import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { PeerFault } from './peer-verifier.ts'

/** Handles to `ssl.*` below a listener's or a cluster's scope. */
export class TlsStats {
  readonly scope: StatsScope
  readonly handshake: Counter
  readonly connectionError: Counter
  readonly sessionReused: Counter
  readonly noCertificate: Counter
  readonly ocspRequests: Counter
  readonly ocspResponses: Counter
  readonly ocspOmitted: Counter
  readonly ocspFailed: Counter
  readonly faults: Readonly<Record<PeerFault, Counter>>
  readonly #named = new Map<string, Counter>()

  constructor(parent: StatsScope) {
    const scope = parent.scope('ssl.')
    this.scope = scope
    this.handshake = scope.counter('handshake')
    this.connectionError = scope.counter('connection_error')
    this.sessionReused = scope.counter('session_reused')
    this.noCertificate = scope.counter('no_certificate')
    this.ocspRequests = scope.counter('ocsp_staple_requests')
    this.ocspResponses = scope.counter('ocsp_staple_responses')
    this.ocspOmitted = scope.counter('ocsp_staple_omitted')
    this.ocspFailed = scope.counter('ocsp_staple_failed')
    this.faults = {
      fail_verify_no_cert: scope.counter('fail_verify_no_cert'),
      fail_verify_error: scope.counter('fail_verify_error'),
      fail_verify_san: scope.counter('fail_verify_san'),
      fail_verify_cert_hash: scope.counter('fail_verify_cert_hash'),
    }
  }

  /** `versions.TLSv1.3`, `ciphers.…` */
  count(kind: 'versions' | 'ciphers', name: string): void {
    const key = `${kind}.${name}`
    let counter = this.#named.get(key)
    if (counter === undefined) this.#named.set(key, (counter = this.scope.counter(key)))
    counter.inc()
  }

  /** When a certificate expires, in seconds since 1970. */
  expiration(name: string): Gauge {
    return this.scope.gauge(`certificate.${name}.expiration_unix_time_seconds`)
  }
}
