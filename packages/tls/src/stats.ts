import type { Counter, Gauge, StatsScope, TlsInfo } from '@nuncio/core'
import type { TLSSocket } from 'node:tls'
import type { PeerFault, PeerVerdict } from './peer/peer-verifier.ts'

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

  /** Counts a handshake that went well, by what was agreed. */
  agreed(socket: TLSSocket, info: TlsInfo, verdict: PeerVerdict): void {
    this.handshake.inc()
    this.#count(`versions.${info.version}`)
    this.#count(`ciphers.${info.cipher}`)
    if (info.group !== '') this.#count(`curves.${info.group}`)
    if (socket.isSessionReused()) this.sessionReused.inc()
    if (info.peer === undefined) this.noCertificate.inc()
    if (verdict.untrusted) this.faults.fail_verify_error.inc()
  }

  #count(name: string): void {
    let counter = this.#named.get(name)
    if (counter === undefined) this.#named.set(name, (counter = this.scope.counter(name)))
    counter.inc()
  }

  /** When a certificate expires, in seconds since 1970. */
  expiration(name: string): Gauge {
    return this.scope.gauge(`certificate.${name}.expiration_unix_time_seconds`)
  }
}
