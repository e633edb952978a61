import type { CertificateFacts } from '../certificates/certificate-facts.ts'

/** A certificate in use, and where it came from. */
export interface UsedCertificate {
  /** A file, or `<inline>`. */
  readonly path: string
  readonly facts: CertificateFacts
}

/** What one TLS context uses. */
export interface UsedCertificates {
  /** The first of the trusted authorities. */
  readonly ca: readonly UsedCertificate[]
  readonly chain: readonly UsedCertificate[]
}

/** When the first of some certificates, and the first of their OCSP responses, is over; wall clock ms, Infinity for none. */
export interface Expiry {
  readonly certificateMs: number
  readonly ocspMs: number
}

/** What can be asked for the certificates that it uses now. */
export interface CertificateUser {
  readonly used: UsedCertificates | undefined
  readonly expiry: Expiry | undefined
}

/** All TLS contexts of a server, for those who ask which certificates are in use. */
export class CertificateRegistry {
  readonly #users = new Set<CertificateUser>()

  add(user: CertificateUser): void {
    this.#users.add(user)
  }
  remove(user: CertificateUser): void {
    this.#users.delete(user)
  }
  list(): readonly UsedCertificates[] {
    return [...this.#users].map((user) => user.used).filter((used) => used !== undefined)
  }

  /** Of all certificates in use together. */
  expiry(): Expiry {
    let [certificateMs, ocspMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (const { expiry } of this.#users) {
      if (expiry === undefined) continue
      certificateMs = Math.min(certificateMs, expiry.certificateMs)
      ocspMs = Math.min(ocspMs, expiry.ocspMs)
    }
    return { certificateMs, ocspMs }
  }
}
