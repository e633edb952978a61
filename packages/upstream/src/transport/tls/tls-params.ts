import type { Message } from '@nuncio/config'
import type { SecureContextOptions, SecureVersion } from 'node:tls'

type Params = Message<'envoy.extensions.transport_sockets.tls.v3.TlsParameters'>
type Version = NonNullable<Params['tls_minimum_protocol_version']>

const VERSIONS: Readonly<Record<Version, SecureVersion | undefined>> = {
  TLS_AUTO: undefined,
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
}

// Envoy's own choice for clients.
const CIPHERS =
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:' +
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384'
const TLS13_CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'
const CURVES = 'X25519:P-256'

/**
 * Versions, ciphers, curves and signature algorithms for `createSecureContext`. Envoy's clients speak TLS 1.2 only
 * unless `tls_maximum_protocol_version` says more. BoringSSL's groups of equal preference (`[A|B]`) become plain order.
 */
export function secureParams(params: Params = {}): SecureContextOptions {
  const ciphers = (params.cipher_suites ?? [])
    .map((suite) => suite.replaceAll(/[[\]]/g, '').replaceAll('|', ':'))
    .join(':')
  const signatures = (params.signature_algorithms ?? []).map(opensslSignature).join(':')
  return {
    minVersion: VERSIONS[params.tls_minimum_protocol_version ?? 'TLS_AUTO'] ?? 'TLSv1.2',
    maxVersion: VERSIONS[params.tls_maximum_protocol_version ?? 'TLS_AUTO'] ?? 'TLSv1.2',
    ciphers: `${TLS13_CIPHERS}:${ciphers === '' ? CIPHERS : ciphers}`,
    ecdhCurve: (params.ecdh_curves ?? []).join(':') || CURVES,
    ...(signatures !== '' && { sigalgs: signatures }),
  }
}

/** `rsa_pss_rsae_sha256` is the same name in both libraries; the PKCS 1 and ECDSA names differ. */
function opensslSignature(name: string): string {
  const pkcs1 = /^rsa_pkcs1_(sha\d+)$/.exec(name)
  if (pkcs1 !== null) return `RSA+${pkcs1[1]!.toUpperCase()}`
  const ecdsa = /^ecdsa_(?:secp\d+r1_)?(sha\d+)$/.exec(name)
  return ecdsa === null ? name : `ECDSA+${ecdsa[1]!.toUpperCase()}`
}
