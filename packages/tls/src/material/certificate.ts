import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { CertificateFacts } from '../certificates/certificate-facts.ts'
import { readDataSource, type Watched } from './data-source.ts'
import { type OcspStaple, readOcspResponse } from '../certificates/ocsp.ts'

type TlsCertificate = Message<'envoy.extensions.transport_sockets.tls.v3.TlsCertificate'>

/** A certificate with its key, read and found to fit. Its `options` hold the private key: nothing may print them. */
export interface LoadedCertificate {
  readonly options: Readonly<Pick<SecureContextOptions, 'cert' | 'key' | 'pfx' | 'passphrase'>>
  readonly leaf: X509Certificate
  /** A file, or `<inline>`. */
  readonly path: string
  /** `ec` or `rsa`, …: of each kind a context can hold one. */
  readonly keyType: string
  /** Lower-case; what it is chosen by: DNS alternative names, or else the common name. */
  readonly serverNames: readonly string[]
  readonly staple: OcspStaple | undefined
}

/** Reads a certificate and its key; undefined when they cannot be used, which is reported. */
export function loadCertificate(
  config: TlsCertificate,
  place: ConfigPlace,
  watched: Watched,
): LoadedCertificate | undefined {
  if (config.watched_directory?.path) watched.directories.add(config.watched_directory.path)
  const passphrase =
    config.password && readDataSource(config.password, place.at('password'), watched)?.toString().trimEnd()
  if (config.password !== undefined && passphrase === undefined) return undefined
  const read = config.pkcs12 === undefined ? readPair : readPkcs12
  const pair = read(config, place, passphrase, watched)
  if (pair === undefined) return undefined
  const staple = loadStaple(config, pair.leaf, place.at('ocsp_staple', config.ocsp_staple), watched)
  if (staple === undefined && config.ocsp_staple !== undefined) return undefined
  const { dnsSans, subject } = new CertificateFacts(pair.leaf)
  const commonName = /(?:^|,)CN=([^,]*)/.exec(subject)?.[1]
  const serverNames = dnsSans.length > 0 ? dnsSans : commonName === undefined ? [] : [commonName]
  return {
    ...pair,
    path: (config.pkcs12 ?? config.certificate_chain)?.filename ?? '<inline>',
    keyType: pair.leaf.publicKey.asymmetricKeyType ?? '',
    serverNames: serverNames.map((name) => name.toLowerCase()),
    staple,
  }
}

function loadStaple(
  config: TlsCertificate,
  leaf: X509Certificate,
  place: ConfigPlace,
  watched: Watched,
): OcspStaple | undefined {
  if (config.ocsp_staple === undefined) return undefined
  const bytes = readDataSource(config.ocsp_staple, place, watched)
  if (bytes === undefined) return undefined
  const staple = readOcspResponse(bytes)
  if (staple?.serial === leaf.serialNumber.toLowerCase()) return staple
  place.error('ocsp-mismatch', 'this is no OCSP response about the certificate')
  return undefined
}

type Pair = Pick<LoadedCertificate, 'options' | 'leaf'>

function readPair(
  config: TlsCertificate,
  place: ConfigPlace,
  passphrase: string | undefined,
  watched: Watched,
): Pair | undefined {
  const certAt = place.at('certificate_chain', config.certificate_chain)
  const keyAt = place.at('private_key', config.private_key)
  if (config.certificate_chain === undefined) return refuse(certAt, 'missing-data', 'the certificate chain is missing')
  if (config.private_key === undefined) return refuse(keyAt, 'missing-data', 'the private key is missing')
  const cert = readDataSource(config.certificate_chain, certAt, watched)
  const key = readDataSource(config.private_key, keyAt, watched)
  if (cert === undefined || key === undefined) return undefined
  const leaf = attempt(() => new X509Certificate(cert))
  if (leaf === undefined) return refuse(certAt, 'malformed-certificate', 'this is no PEM certificate')
  const parsed = attempt(() => createPrivateKey(passphrase === undefined ? key : { key, passphrase }))
  if (parsed === undefined)
    return refuse(keyAt, 'malformed-key', 'this is no PEM private key, or the password is wrong')
  if (!fits(leaf, parsed)) return refuse(keyAt, 'key-mismatch', 'the private key does not belong to the certificate')
  return { leaf, options: { cert, key, ...(passphrase !== undefined && { passphrase }) } }
}

function refuse(place: ConfigPlace, code: string, message: string): undefined {
  place.error(code, message)
}

function fits(leaf: X509Certificate, key: KeyObject): boolean {
  return createPublicKey(key).equals(leaf.publicKey)
}

function readPkcs12(
  config: TlsCertificate,
  place: ConfigPlace,
  passphrase: string | undefined,
  watched: Watched,
): Pair | undefined {
  const at = place.at('pkcs12', config.pkcs12)
  const pfx = readDataSource(config.pkcs12!, at, watched)
  if (pfx === undefined) return undefined
  const options = { pfx, ...(passphrase !== undefined && { passphrase }) }
  // Only OpenSSL reads the file: it is asked for the certificate that it found.
  const leaf = attempt(
    () => new X509Certificate((createSecureContext(options).context as { getCertificate(): Buffer }).getCertificate()),
  )
  return leaf === undefined
    ? refuse(at, 'malformed-certificate', 'this is no PKCS #12 file, or the password is wrong')
    : { leaf, options }
}

/** Errors are dropped: what they say may quote what they choked on. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
