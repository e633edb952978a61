import type { Message } from '@nuncio/config'
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from 'node:tls'
import { readDataSource } from './data-source.ts'
import { type PeerRules, readBundle, type SanMatcher } from './peer-rules.ts'
import { secureParams } from './tls-params.ts'

type Certificate = Message<'envoy.extensions.transport_sockets.tls.v3.TlsCertificate'>
type Validation = Message<'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext'>
type DataSource = Message<'envoy.config.core.v3.DataSource'>

/** The ingredients of a client's TLS: what its configuration and its secrets come down to. */
export interface TlsIngredients {
  readonly params: Message<'envoy.extensions.transport_sockets.tls.v3.TlsParameters'> | undefined
  readonly certificates: readonly Certificate[]
  readonly validation: Validation | undefined
  /** Compiled from `validation`. */
  readonly sanMatchers: readonly SanMatcher[]
}

/** Ingredients made ready for handshakes. */
export interface TlsMaterial {
  readonly context: SecureContext
  readonly rules: PeerRules
}

/** Makes them ready, or says (without key material) what is wrong with them. */
export function prepare(ingredients: TlsIngredients): TlsMaterial | { readonly failure: string } {
  try {
    const { validation } = ingredients
    const authorities = trustedAuthorities(validation)
    const options: SecureContextOptions = {
      ...secureParams(ingredients.params),
      ...ownCertificates(ingredients.certificates),
      ...(authorities !== undefined && { ca: authorities }),
      ...(validation?.crl !== undefined && { crl: bytesOf(validation.crl, 'crl') }),
    }
    return { context: createSecureContext(options), rules: peerRules(ingredients, authorities) }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

function trustedAuthorities(validation: Validation | undefined): Buffer | string[] | undefined {
  if (validation?.trusted_ca !== undefined) return bytesOf(validation.trusted_ca, 'trusted_ca')
  return validation?.system_root_certs === undefined ? undefined : getCACertificates('system')
}

function peerRules({ validation, sanMatchers }: TlsIngredients, authorities: Buffer | string[] | undefined): PeerRules {
  const bundle = authorities === undefined ? '' : Array.isArray(authorities) ? authorities.join('\n') : authorities
  return {
    verifyChain: authorities !== undefined,
    acceptUntrusted: validation?.trust_chain_verification === 'ACCEPT_UNTRUSTED',
    allowExpired: validation?.allow_expired_certificate ?? false,
    authorities: validation?.allow_expired_certificate === true ? readBundle(Buffer.from(bundle)) : [],
    sanMatchers,
    certificateHashes: (validation?.verify_certificate_hash ?? []).map((hash) =>
      hash.replaceAll(':', '').toLowerCase(),
    ),
    keyHashes: validation?.verify_certificate_spki ?? [],
  }
}

function ownCertificates(certificates: readonly Certificate[]): SecureContextOptions {
  const cert: Buffer[] = []
  const key: { pem: Buffer; passphrase?: string }[] = []
  const pfx: { buf: Buffer; passphrase?: string }[] = []
  for (const certificate of certificates) {
    const password =
      certificate.password === undefined
        ? {}
        : { passphrase: bytesOf(certificate.password, 'password').toString('utf8') }
    if (certificate.pkcs12 !== undefined) pfx.push({ buf: bytesOf(certificate.pkcs12, 'pkcs12'), ...password })
    if (certificate.certificate_chain === undefined) continue
    if (certificate.private_key === undefined) throw new Error('a certificate_chain needs a private_key')
    cert.push(bytesOf(certificate.certificate_chain, 'certificate_chain'))
    key.push({ pem: bytesOf(certificate.private_key, 'private_key'), ...password })
  }
  return { ...(cert.length > 0 && { cert, key }), ...(pfx.length > 0 && { pfx }) }
}

function bytesOf(source: DataSource, what: string): Buffer {
  const bytes = readDataSource(source)
  if (Buffer.isBuffer(bytes)) return bytes
  throw new Error(`${what}: ${bytes.failure}`)
}
