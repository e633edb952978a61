import type { TimeSource } from '@nuncio/core'
import { createHash, X509Certificate } from 'node:crypto'
import { extensionBody } from '../certificates/alternative-names.ts'
import { CertificateFacts } from '../certificates/certificate-facts.ts'
import type { Validation } from '../material/validation.ts'
import { chainWords } from './chain-words.ts'
import { namesPeer } from './peer-names.ts'
import { judgeByLists } from './revocation-list.ts'
import { SpiffeVerifier } from '../spiffe/spiffe-verifier.ts'
import { trustPath } from './trust-path.ts'
import { verifyFailureText } from '../errors.ts'

/** Who answered a handshake: its certificate, and what OpenSSL found wrong with the chain (a code, '' = nothing). */
export interface Peer {
  readonly certificate: X509Certificate | undefined
  readonly chainError: string
}

/** What is asked of a peer beside the validation context. */
export interface PeerWishes {
  /** What its certificate must be good for. */
  readonly purpose: 'client' | 'server'
  /** It must show one. */
  readonly required: boolean
  /** Names of which the certificate must have one; empty = none asked. They take the place of configured names when `onlyThese`. */
  readonly names: readonly string[]
  readonly onlyThese: boolean
}

/** What is wrong with a peer, named as the counter that counts it. */
export type PeerFault = 'fail_verify_no_cert' | 'fail_verify_error' | 'fail_verify_san' | 'fail_verify_cert_hash'

export interface PeerVerdict {
  /** Undefined: the peer may go on. */
  readonly fault: PeerFault | undefined
  /** For logs, without key material; '' without a fault. */
  readonly details: string
  /** The chain ends at a trusted authority. */
  readonly validated: boolean
  /** The chain does not, and that was let pass (`ACCEPT_UNTRUSTED`). */
  readonly untrusted: boolean
}

const NAME_CONSTRAINTS = '2.5.29.30'
const AGE_ERRORS: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** Judges the certificates of peers by one validation context; without one it asks for nothing. */
export class PeerVerifier {
  readonly #validation: Validation | undefined
  readonly #authorities: readonly X509Certificate[]
  readonly #spiffe: SpiffeVerifier | undefined
  readonly #time: TimeSource

  /** `time` tells whether revocation lists are out of date. */
  constructor(validation: Validation | undefined, time: TimeSource) {
    this.#time = time
    this.#validation = validation
    this.#spiffe = validation?.domains && new SpiffeVerifier(validation.domains, validation.allowExpired)
    const walks = validation?.allowExpired === true || validation?.maxDepth !== undefined || validation?.leafLists
    this.#authorities = walks ? (validation.ca ?? []).map((pem) => new X509Certificate(pem)) : []
  }

  check(peer: Peer, wishes: PeerWishes): PeerVerdict {
    const { certificate } = peer
    if (certificate === undefined) {
      const missing = wishes.required || wishes.names.length > 0
      return missing ? fault('fail_verify_no_cert', 'no peer certificate') : verdict(false, false)
    }
    const facts = new CertificateFacts(certificate)
    const stranger = this.#spiffe?.faultOf(certificate, facts, this.#time.wallMs()) ?? ''
    if (stranger !== '') return fault('fail_verify_error', stranger)
    const error = this.#chainFault(certificate, peer.chainError, wishes)
    const chained = this.#validation?.ca !== undefined
    if (error !== '' && this.#validation?.acceptUntrusted !== true) return fault('fail_verify_error', chainWords(error))
    if (!this.#named(facts, wishes)) {
      const names = facts.names.map((name) => name.value).join(', ')
      const words = this.#spiffe === undefined ? `SAN matcher, certificate SANs are [${names}]` : 'SAN match'
      return fault('fail_verify_san', words)
    }
    if (!this.#pinned(certificate, facts)) return fault('fail_verify_cert_hash', 'cert hash and spki')
    return verdict(chained && error === '', error !== '')
  }

  /** The code of what is wrong with the chain, as far as it is asked about; '' = nothing. */
  #chainFault(certificate: X509Certificate, chainError: string, wishes: PeerWishes): string {
    const validation = this.#validation
    if (validation?.ca === undefined) return ''
    const { leafLists, maxDepth } = validation
    if (chainError !== '' && !this.#onlyTooOld(certificate, chainError, wishes.purpose)) return chainError
    if (leafLists === undefined && maxDepth === undefined) return ''
    const found = trustPath(certificate, this.#authorities)
    if (found === undefined) return 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
    const between = found.path.length - 1
    if (maxDepth !== undefined && between > 0 && between >= maxDepth) return 'CERT_CHAIN_TOO_LONG'
    if (leafLists === undefined) return ''
    return judgeByLists(leafLists, certificate, found.path[1] ?? found.authority, this.#time.wallMs())
  }

  #named(facts: CertificateFacts, { names, onlyThese }: PeerWishes): boolean {
    if (names.length > 0 && !names.some((name) => namesPeer(facts.names, name))) return false
    const matchers = onlyThese ? [] : (this.#validation?.names ?? [])
    return matchers.length === 0 || facts.names.some((name) => matchers.some((matcher) => matcher.matches(name)))
  }

  #pinned(certificate: X509Certificate, facts: CertificateFacts): boolean {
    const { hashes = [], keys = [] } = this.#validation ?? {}
    if (hashes.length === 0 && keys.length === 0) return true
    if (hashes.includes(facts.sha256)) return true
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
    return keys.includes(createHash('sha256').update(key).digest('base64'))
  }

  /**
   * Whether a certificate's only fault is its age. OpenSSL tells one fault of a chain, and the age comes last: behind it a
   * chain that leads nowhere could hide. So the chain is walked once more, without looking at dates.
   */
  #onlyTooOld(certificate: X509Certificate, chainError: string, purpose: 'client' | 'server'): boolean {
    const { allowExpired = false, crl } = this.#validation ?? {}
    // A revocation list or name constraints could say no where this walk would not notice.
    if (!allowExpired || !AGE_ERRORS.has(chainError) || crl !== undefined) return false
    const usage = certificate.keyUsage as readonly string[] | undefined
    if (usage !== undefined && usage.length > 0 && !usage.includes(purpose === 'client' ? CLIENT_AUTH : SERVER_AUTH))
      return false
    const found = trustPath(certificate, this.#authorities)
    return found !== undefined && [...found.path, found.authority].every(isUnconstrained)
  }
}

function isUnconstrained(certificate: X509Certificate): boolean {
  return extensionBody(certificate.raw, NAME_CONSTRAINTS) === undefined
}

function fault(name: PeerFault, details: string): PeerVerdict {
  return { fault: name, details: verifyFailureText(details), validated: false, untrusted: false }
}

function verdict(validated: boolean, untrusted: boolean): PeerVerdict {
  return { fault: undefined, details: '', validated, untrusted }
}
