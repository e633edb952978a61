import { createHash, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { chainOf, type SubjectAltNames, subjectAltNames } from './peer.ts'
import { canonicalIp, dnsNameCovers } from './names.ts'

/** What a host's certificate has to be; decided from a `validation_context`. */
export interface PeerRules {
  /** The chain must lead to one of the trusted authorities. */
  readonly verifyChain: boolean
  /** A chain that does not is let pass, and marked as not validated. */
  readonly acceptUntrusted: boolean
  readonly allowExpired: boolean
  /** Trusted authorities, for chains that only time has spoilt. */
  readonly authorities: readonly X509Certificate[]
  /** One of them must match; empty = none asked. */
  readonly sanMatchers: readonly SanMatcher[]
  /** SHA-256 of the certificate, lower-case hex; either this list or the next must hold it, when one is given. */
  readonly certificateHashes: readonly string[]
  /** SHA-256 of the public key, base64. */
  readonly keyHashes: readonly string[]
}

/** Whether some name of a certificate is the wanted one. */
export type SanMatcher = (names: SubjectAltNames) => boolean

/** `ok`, or which rule was broken and in what words. */
export type PeerVerdict =
  | { readonly ok: true; readonly validated: boolean }
  | { readonly ok: false; readonly rule: 'no_cert' | 'error' | 'san' | 'cert_hash'; readonly why: string }

const TIME_ERRORS = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** Who answered a handshake, and what OpenSSL found wrong with the chain: a code such as `CERT_HAS_EXPIRED`, '' = nothing. */
export interface Peer {
  readonly leaf: X509Certificate | undefined
  readonly chainError: string
}

/** The peer of a full handshake (a resumed one shows no certificate: the peer is that of the session). */
export function peerOf(socket: TLSSocket): Peer {
  // With no automatic refusal Node notes the code here (its types say Error).
  const error = socket.authorizationError as (Error & { code?: string }) | string | null | undefined
  const code = typeof error === 'string' ? error : (error?.code ?? error?.message ?? '')
  return { leaf: socket.getPeerX509Certificate(), chainError: socket.authorized ? '' : code }
}

/** Judges a peer. `names`: names of which the certificate must have one. */
export function judgePeer(peer: Peer, rules: PeerRules, names: readonly string[]): PeerVerdict {
  const asksNothing = !rules.verifyChain && names.length === 0 && rules.sanMatchers.length === 0
  const pinned = rules.certificateHashes.length > 0 || rules.keyHashes.length > 0
  if (asksNothing && !pinned) return { ok: true, validated: false }
  const { leaf } = peer
  if (leaf === undefined) return { ok: false, rule: 'no_cert', why: 'no peer certificate' }
  let validated = rules.verifyChain
  if (rules.verifyChain) {
    const error = chainError(leaf, peer.chainError, rules)
    if (error !== undefined && !rules.acceptUntrusted) return { ok: false, rule: 'error', why: error }
    validated = error === undefined
  }
  const sans = subjectAltNames(leaf.subjectAltName)
  if (!namesAllowed(sans, rules, names)) {
    return { ok: false, rule: 'san', why: `SAN matcher, certificate SANs are [${sans.all.join(', ')}]` }
  }
  if (pinned && !isPinned(leaf, rules)) return { ok: false, rule: 'cert_hash', why: 'cert hash and spki' }
  return { ok: true, validated }
}

function namesAllowed(sans: SubjectAltNames, rules: PeerRules, names: readonly string[]): boolean {
  if (names.length > 0 && !names.some((name) => certificateNames(sans, name))) return false
  return rules.sanMatchers.length === 0 || rules.sanMatchers.some((matches) => matches(sans))
}

/** Whether a certificate is for this host name or address. */
export function certificateNames(sans: SubjectAltNames, name: string): boolean {
  const ip = canonicalIp(name)
  return sans.dns.some((dns) => dnsNameCovers(dns, name)) || sans.ip.some((own) => canonicalIp(own) === ip)
}

function isPinned(leaf: X509Certificate, rules: PeerRules): boolean {
  const hash = leaf.fingerprint256.replaceAll(':', '').toLowerCase()
  if (rules.certificateHashes.includes(hash)) return true
  if (rules.keyHashes.length === 0) return false
  const key = leaf.publicKey.export({ type: 'spki', format: 'der' })
  return rules.keyHashes.includes(createHash('sha256').update(key).digest('base64'))
}

// OpenSSL goes on after a missing issuer and reports the last trouble; BoringSSL stops at the first.
const CHAIN_ERRORS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to get local issuer certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_REVOKED: 'certificate revoked',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CRL_HAS_EXPIRED: 'CRL has expired',
  UNABLE_TO_GET_CRL: 'unable to get certificate CRL',
  INVALID_CA: 'invalid CA certificate',
  INVALID_PURPOSE: 'unsupported certificate purpose',
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
  PATH_LENGTH_EXCEEDED: 'path length constraint exceeded',
}

function chainError(leaf: X509Certificate, code: string, rules: PeerRules): string | undefined {
  if (code === '') return undefined
  // Beside a wrong date the chain may be anybody's: the last trouble hides those before it.
  if (TIME_ERRORS.has(code) && rules.allowExpired && leadsToAuthority(leaf, rules.authorities)) return undefined
  const depth = code === 'SELF_SIGNED_CERT_IN_CHAIN' ? 1 : 0
  return `X509_verify_cert: certificate verification error at depth ${depth}: ${CHAIN_ERRORS[code] ?? code}`
}

/** Whether signatures lead from a certificate to an authority, dates aside. */
function leadsToAuthority(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let last = leaf
  for (const certificate of chainOf(leaf)) {
    if (
      certificate !== leaf &&
      !(certificate.ca && last.checkIssued(certificate) && last.verify(certificate.publicKey))
    )
      return false
    const issuer = authorities.find(
      (candidate) => certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey),
    )
    if (issuer !== undefined) return true
    last = certificate
  }
  return false
}

/** The certificates of a PEM bundle; throws what OpenSSL says of a bad one. */
export function readBundle(pem: Buffer): readonly X509Certificate[] {
  const blocks =
    pem
      .toString('latin1')
      .match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}
