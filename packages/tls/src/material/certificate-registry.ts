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

/** What can be asked for the certificates that it uses now. */
export interface CertificateUser {
  readonly used: UsedCertificates | undefined
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
}
