import type { TimeSource } from '@nuncio/core'
import type { Server } from 'node:tls'
import type { LoadedCertificate } from '../material/certificate.ts'
import type { TlsStats } from '../stats.ts'

/** Envoy's `ocsp_staple_policy`. */
export type OcspPolicy = 'LENIENT_STAPLING' | 'STRICT_STAPLING' | 'MUST_STAPLE'

/** Answers the clients that ask for an OCSP response, as `ocsp_staple_policy` says. */
export function stapleOcsp(
  server: Server,
  certificate: LoadedCertificate,
  policy: OcspPolicy,
  time: TimeSource,
  stats: TlsStats,
): void {
  server.on('OCSPRequest', (_, __, callback) => {
    stats.ocspRequests.inc()
    const { staple } = certificate
    if (staple !== undefined && time.wallMs() < staple.validToMs) {
      stats.ocspResponses.inc()
      callback(null, staple.der)
    } else if (policy === 'LENIENT_STAPLING') {
      stats.ocspOmitted.inc()
      // A missing response is an empty one in Node's types only.
      callback(null, undefined as unknown as Buffer)
    } else {
      stats.ocspFailed.inc()
      callback(new Error('the OCSP response is out of date'), undefined as unknown as Buffer)
    }
  })
}
