import { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from '../certificates/certificate-facts.ts'
import { chainWords } from '../peer/chain-words.ts'
import { keyUsageOf, KeyUsage, saysAuthority } from '../peer/key-usage.ts'
import { trustPath } from '../peer/trust-path.ts'
import type { TrustDomains } from './trust-domains.ts'

/**
 * Judges X.509-SVIDs: certificates that name a workload of a trust domain, and may be signed by authorities of that domain
 * alone. Their chains have been found good by OpenSSL, which knows the authorities of all domains.
 */
export class SpiffeVerifier {
  readonly #domains: ReadonlyMap<string, readonly X509Certificate[]>
  readonly #allowExpired: boolean

  constructor(domains: TrustDomains, allowExpired: boolean) {
    this.#domains = new Map(
      [...domains].map(([name, pems]) => [name, pems.map((pem) => new X509Certificate(pem))] as const),
    )
    this.#allowExpired = allowExpired
  }

  /** What is wrong with a certificate, in Envoy's words; '' = nothing. */
  faultOf(certificate: X509Certificate, facts: CertificateFacts, nowMs: number): string {
    // One that may issue others could make itself any workload.
    if (saysAuthority(certificate)) return 'cert precheck'
    const usage = keyUsageOf(certificate)
    if (usage === undefined || (usage & (KeyUsage.certificateSigning | KeyUsage.listSigning)) !== 0)
      return 'cert precheck'
    const domain = trustDomainOf(facts)
    const authorities = domain === undefined ? undefined : this.#domains.get(domain)
    if (authorities === undefined) return 'no trust bundle store'
    const found = trustPath(certificate, authorities)
    const good = found !== undefined && (this.#allowExpired || [...found.path, found.authority].every(isValidAt(nowMs)))
    return good ? '' : chainWords('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
  }
}

/** Of the first URI, as Envoy has it; undefined when that is no SPIFFE id with a path. */
function trustDomainOf({ uriSans: [first = ''] }: CertificateFacts): string | undefined {
  return /^spiffe:\/\/([^/]+)\//.exec(first)?.[1]
}

function isValidAt(nowMs: number): (certificate: X509Certificate) => boolean {
  return ({ validFromDate, validToDate }) => validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime()
}
