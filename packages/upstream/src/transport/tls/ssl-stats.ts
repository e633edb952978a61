import type { Counter, StatsScope } from '@nuncio/core'
import type { TLSSocket } from 'node:tls'

/** Handles to `cluster.<name>.ssl.*`. */
export class SslStats {
  readonly connectionError: Counter
  readonly handshake: Counter
  readonly sessionReused: Counter
  readonly noCertificate: Counter
  readonly failVerifyNoCert: Counter
  readonly failVerifyError: Counter
  readonly failVerifySan: Counter
  readonly failVerifyCertHash: Counter
  readonly #scope: StatsScope

  constructor(scope: StatsScope) {
    const c = (name: string): Counter => scope.counter(name)
    this.#scope = scope
    this.connectionError = c('connection_error')
    this.handshake = c('handshake')
    this.sessionReused = c('session_reused')
    this.noCertificate = c('no_certificate')
    this.failVerifyNoCert = c('fail_verify_no_cert')
    this.failVerifyError = c('fail_verify_error')
    this.failVerifySan = c('fail_verify_san')
    this.failVerifyCertHash = c('fail_verify_cert_hash')
  }

  /** Counts a handshake that went well, by what was agreed. */
  agreed(socket: TLSSocket): void {
    this.handshake.inc()
    if (socket.isSessionReused()) this.sessionReused.inc()
    const cipher = socket.getCipher()
    this.#scope.counter(`ciphers.${cipher.name}`).inc()
    this.#scope.counter(`versions.${socket.getProtocol() ?? cipher.version}`).inc()
    const key = socket.getEphemeralKeyInfo()
    if (key !== null && 'name' in key && typeof key.name === 'string') this.#scope.counter(`curves.${key.name}`).inc()
  }
}
