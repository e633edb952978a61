import type { PeerCertificate } from '@nuncio/core'
import { createHash, type X509Certificate } from 'node:crypto'
import { type AlternativeName, alternativeNames, type NameKind } from './alternative-names.ts'

/** What logs, headers and policies ask of a certificate; nothing is worked out before it is asked for. */
export class CertificateFacts implements PeerCertificate {
  readonly x509: X509Certificate
  #names: readonly AlternativeName[] | undefined

  constructor(x509: X509Certificate) {
    this.x509 = x509
  }

  get subject(): string {
    return nameText(this.x509.subject)
  }
  get issuer(): string {
    return nameText(this.x509.issuer)
  }
  /** Hexadecimal, lower-case. */
  get serial(): string {
    return this.x509.serialNumber.toLowerCase()
  }
  get sha1(): string {
    return createHash('sha1').update(this.x509.raw).digest('hex')
  }
  get sha256(): string {
    return createHash('sha256').update(this.x509.raw).digest('hex')
  }
  get names(): readonly AlternativeName[] {
    this.#names ??= alternativeNames(this.x509.raw)
    return this.#names
  }
  get uriSans(): readonly string[] {
    return this.#of('URI')
  }
  get dnsSans(): readonly string[] {
    return this.#of('DNS')
  }
  get ipSans(): readonly string[] {
    return this.#of('IP_ADDRESS')
  }
  get emailSans(): readonly string[] {
    return this.#of('EMAIL')
  }
  get otherNameSans(): readonly string[] {
    return this.#of('OTHER_NAME')
  }
  get urlEncodedPem(): string {
    return urlEncoded(this.x509.toString())
  }
  /** The certificate and what the peer sent above it. */
  get urlEncodedChain(): string {
    const seen = new Set<string>()
    let text = ''
    for (
      let at: X509Certificate | undefined = this.x509;
      at !== undefined && !seen.has(at.fingerprint256);
      at = at.issuerCertificate
    ) {
      seen.add(at.fingerprint256)
      text += at.toString()
    }
    return urlEncoded(text)
  }
  get validFromMs(): number {
    return this.x509.validFromDate.getTime()
  }
  get validToMs(): number {
    return this.x509.validToDate.getTime()
  }

  #of(kind: NameKind): readonly string[] {
    return this.names.filter((name) => name.kind === kind).map((name) => name.value)
  }
}

/** `CN=x,O=y`, the most specific part first (RFC 2253); Node has it one part a line, the other way round. */
function nameText(lines: string | undefined): string {
  return lines === undefined ? '' : lines.split('\n').toReversed().join(',')
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '%0A', ' ': '%20', '+': '%2B', '/': '%2F', '=': '%3D' }

/** As XFCC has it: only what PEM holds beside letters and digits. */
function urlEncoded(pem: string): string {
  return pem.replaceAll(/[\n +/=]/g, (char) => ESCAPES[char]!)
}
