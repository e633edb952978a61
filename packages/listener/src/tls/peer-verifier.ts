import { createHash, X509Certificate } from 'node:crypto'
import { type AlternativeName, extensionBody } from './alternative-names.ts'
import { CertificateFacts } from './certificate-facts.ts'
import type { Validation } from './validation.ts'

/** What is wrong with a peer, named as the counter that counts it. */
export type PeerFault = 'fail_verify_no_cert' | 'fail_verify_error' | 'fail_verify_san' | 'fail_verify_cert_hash'

export interface PeerVerdict {
  /** Undefined: the peer may go on. */
  readonly fault: PeerFault | undefined
  /** For logs, such as `verify cert failed: certificate has expired`. */
  readonly details: string
  /** The chain ends at a trusted authority. */
  readonly validated: boolean
  /** The chain does not, and that was let pass (`ACCEPT_UNTRUSTED`). */
  readonly untrusted: boolean
}

const NAME_CONSTRAINTS = '2.5.29.30'
const EXPIRED = 'CERT_HAS_EXPIRED'
const MAX_CHAIN = 10

/** Judges the certificates of peers by one validation context. */
export class PeerVerifier {
  readonly #validation: Validation
  readonly #authorities: readonly X509Certificate[]

  constructor(validation: Validation) {
    this.#validation = validation
    this.#authorities = validation.allowExpired ? (validation.ca ?? []).map((pem) => new X509Certificate(pem)) : []
  }

  /**
   * Judges a peer by its certificate (undefined: it sent none) and by what OpenSSL said of the chain (the code of its
   * error, undefined: nothing wrong). `purpose` is what the certificate must be good for.
   */
  check(
    certificate: X509Certificate | undefined,
    chainError: string | undefined,
    purpose: 'client' | 'server',
    required: boolean,
  ): PeerVerdict {
    if (certificate === undefined) {
      return required ? fault('fail_verify_no_cert', 'peer did not return a certificate') : verdict(false, false)
    }
    const { ca, names, acceptUntrusted } = this.#validation
    const trusted =
      ca !== undefined && (chainError === undefined || this.#onlyExpired(certificate, chainError, purpose))
    if (ca !== undefined && !trusted && !acceptUntrusted)
      return fault('fail_verify_error', `verify cert failed: ${chainError ?? ''}`)
    const facts = new CertificateFacts(certificate)
    if (names.length > 0 && !facts.names.some((name) => names.some((matcher) => matcher.matches(name)))) {
      return fault('fail_verify_san', 'verify cert failed: SAN matcher')
    }
    if (!this.#pinned(certificate, facts))
      return fault('fail_verify_cert_hash', 'verify cert failed: cert hash and spki')
    return verdict(trusted, ca !== undefined && !trusted)
  }

  /** The alternative names of a certificate, for checks beyond the configuration's. */
  namesOf(certificate: X509Certificate): readonly AlternativeName[] {
    return new CertificateFacts(certificate).names
  }

  #pinned(certificate: X509Certificate, facts: CertificateFacts): boolean {
    const { hashes, keys } = this.#validation
    if (hashes.length === 0 && keys.length === 0) return true
    if (hashes.includes(facts.sha256)) return true
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
    return keys.includes(createHash('sha256').update(key).digest('base64'))
  }

  /**
   * Whether a certificate's only fault is its age. OpenSSL tells one fault of a chain, and the age comes last: behind it a
   * chain that leads nowhere could hide. So the chain is walked once more, without looking at dates.
   */
  #onlyExpired(certificate: X509Certificate, chainError: string, purpose: 'client' | 'server'): boolean {
    if (!this.#validation.allowExpired || chainError !== EXPIRED) return false
    const usage = certificate.keyUsage as readonly string[] | undefined
    const wanted = purpose === 'client' ? '1.3.6.1.5.5.7.3.2' : '1.3.6.1.5.5.7.3.1'
    if (usage !== undefined && usage.length > 0 && !usage.includes(wanted)) return false
    let at = certificate
    for (let depth = 0; depth < MAX_CHAIN; depth++) {
      // A revocation list or name constraints could say no where this walk would not notice.
      if (this.#validation.crl !== undefined || extensionBody(at.raw, NAME_CONSTRAINTS) !== undefined) return false
      const authority = this.#authorities.find((one) => one.fingerprint256 === at.fingerprint256 || issued(one, at))
      if (authority !== undefined) return extensionBody(authority.raw, NAME_CONSTRAINTS) === undefined
      const next = at.issuerCertificate
      if (next === undefined || next.fingerprint256 === at.fingerprint256 || !issued(next, at)) return false
      at = next
    }
    return false
  }
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function fault(name: PeerFault, details: string): PeerVerdict {
  return { fault: name, details, validated: false, untrusted: false }
}

function verdict(validated: boolean, untrusted: boolean): PeerVerdict {
  return { fault: undefined, details: '', validated, untrusted }
}
