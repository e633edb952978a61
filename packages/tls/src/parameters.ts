import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { constants } from 'node:crypto'
import { createSecureContext, getCiphers, type SecureContextOptions, type SecureVersion } from 'node:tls'

type TlsParameters = Message<'envoy.extensions.transport_sockets.tls.v3.TlsParameters'>
type Side = 'server' | 'client'

/** Envoy's defaults: forward secrecy and authenticated encryption only. */
const DEFAULT_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
/** TLS 1.3 suites cannot be configured in Envoy; leaving them out would switch TLS 1.3 off in Node. */
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
/** Envoy's defaults. Node.js before 24 has an OpenSSL without the first; it has to do without. */
const DEFAULT_CURVES = ['X25519MLKEM768', 'X25519', 'P-256'].filter(isKnownCurve)
/** The highest version where none is configured: Envoy's clients are more careful than its servers. */
const HIGHEST: Readonly<Record<Side, SecureVersion>> = { client: 'TLSv1.2', server: 'TLSv1.3' }
/** `FIPS_202205`, by NIST SP 800-52 revision 2. */
const FIPS: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
  ].join(':'),
  ecdhCurve: 'P-256:P-384',
  sigalgs: [
    'RSA+SHA256',
    'RSA+SHA384',
    'RSA+SHA512',
    'ECDSA+SHA256',
    'ECDSA+SHA384',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
  ].join(':'),
}
const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLSv1_0: 'TLSv1',
  TLSv1_1: 'TLSv1.1',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
}

/** Versions, ciphers, curves and signature algorithms as `createSecureContext` takes them; what it refuses is reported. */
export function decideParameters(
  config: TlsParameters | undefined,
  side: Side,
  place: ConfigPlace,
  choices: { readonly renegotiation?: boolean; readonly clientCiphersFirst?: boolean } = {},
): Readonly<SecureContextOptions> {
  const minVersion = VERSIONS[config?.tls_minimum_protocol_version ?? ''] ?? 'TLSv1.2'
  const maxVersion = VERSIONS[config?.tls_maximum_protocol_version ?? ''] ?? HIGHEST[side]
  if (minVersion > maxVersion) {
    place.warn(
      'conflict',
      `the lowest version (${minVersion}) is above the highest (${maxVersion}): no handshake can succeed`,
    )
  }
  const serverFirst = side === 'server' && choices.clientCiphersFirst !== true
  const options: SecureContextOptions = {
    minVersion,
    maxVersion,
    ciphers:
      [...TLS13_SUITES, ...decideCiphers(config, place)].join(':') + (minVersion < 'TLSv1.2' ? ':@SECLEVEL=0' : ''),
    ecdhCurve: (config?.ecdh_curves?.length ? config.ecdh_curves : DEFAULT_CURVES).join(':'),
    honorCipherOrder: serverFirst,
    secureOptions:
      (choices.renegotiation === true ? 0 : constants.SSL_OP_NO_RENEGOTIATION) |
      (serverFirst ? constants.SSL_OP_PRIORITIZE_CHACHA : 0),
    ...(config?.signature_algorithms?.length && { sigalgs: config.signature_algorithms.map(opensslName).join(':') }),
    // A policy goes before all the rest, as in Envoy.
    ...(config?.compliance_policies?.includes('FIPS_202205') && FIPS),
  }
  return trial(options, place)
}

/** `rsa_pss_rsae_sha256` is the same name in both libraries; the PKCS 1 and ECDSA names differ. */
function opensslName(signature: string): string {
  const pkcs1 = /^rsa_pkcs1_(sha\d+)$/.exec(signature)
  if (pkcs1 !== null) return `RSA+${pkcs1[1]!.toUpperCase()}`
  const ecdsa = /^ecdsa_(?:secp\d+r1_)?(sha\d+)$/.exec(signature)
  return ecdsa === null ? signature : `ECDSA+${ecdsa[1]!.toUpperCase()}`
}

/** Cipher names; `[A|B]`, which puts two on one level in Envoy, is read as A before B. */
function decideCiphers(config: TlsParameters | undefined, place: ConfigPlace): readonly string[] {
  const written = config?.cipher_suites?.length ? config.cipher_suites.join(':') : ''
  if (written === '') return DEFAULT_CIPHERS
  const known = new Set(getCiphers())
  const names = written.split(/[:|[\]]/).filter((name) => name !== '')
  for (const name of names) {
    if (known.has(name.toLowerCase())) continue
    const hint = 'Names are as in OpenSSL, such as ECDHE-RSA-AES128-GCM-SHA256.'
    place.at('cipher_suites').error('unknown-cipher', `there is no cipher suite "${name}"`, hint)
  }
  return names.filter((name) => known.has(name.toLowerCase()) && !name.startsWith('TLS_'))
}

function isKnownCurve(curve: string): boolean {
  try {
    createSecureContext({ ecdhCurve: curve })
    return true
  } catch {
    return false
  }
}

/** OpenSSL alone knows which curves and signature algorithms there are. */
function trial(options: SecureContextOptions, place: ConfigPlace): Readonly<SecureContextOptions> {
  const attempts = [
    ['ecdhCurve', 'ecdh_curves', 'unknown-curve'],
    ['sigalgs', 'signature_algorithms', 'unknown-signature-algorithm'],
  ] as const
  for (const [option, field, code] of attempts) {
    try {
      createSecureContext({ [option]: options[option] })
    } catch {
      place.at(field).error(code, `one of ${options[option]} is not known`)
    }
  }
  return Object.freeze(options)
}
