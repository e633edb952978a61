import type { PeerCertificate, TlsInfo } from '@nuncio/core'
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/** The subject alternative names of a certificate, by kind, in its order. */
export interface SubjectAltNames {
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly ip: readonly string[]
  readonly email: readonly string[]
  readonly other: readonly string[]
  /** All of them. */
  readonly all: readonly string[]
}

const KINDS: Readonly<Record<string, Exclude<keyof SubjectAltNames, 'all'>>> = {
  DNS: 'dns',
  URI: 'uri',
  'IP Address': 'ip',
  email: 'email',
  othername: 'other',
}

/**
 * Reads names out of the text form that Node gives: `DNS:a.test, IP Address:10.0.0.1, URI:"quoted, text"`. A name with
 * a NUL, which Node writes quoted and escaped, is left out: nothing may match it.
 */
export function subjectAltNames(text: string | undefined): SubjectAltNames {
  const names = {
    dns: [] as string[],
    uri: [] as string[],
    ip: [] as string[],
    email: [] as string[],
    other: [] as string[],
    all: [] as string[],
  }
  const entry = /([\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy
  for (const [, kind = '', raw = ''] of (text ?? '').matchAll(entry)) {
    const value = raw.startsWith('"') ? unquote(raw) : raw
    const list = KINDS[kind]
    if (list === undefined || value.includes('\0')) continue
    names[list].push(value)
    names.all.push(value)
  }
  return names
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return '\0'
  }
}

/** `CN=a,O=b` from the lines of Node, in RFC 2253's order (most specific first). */
export function distinguishedName(lines: string): string {
  return lines.split('\n').filter(Boolean).toReversed().join(',')
}

/** A certificate as logs see it; each part is worked out when it is first asked for. */
export class CertificateFacts implements PeerCertificate {
  readonly #certificate: X509Certificate
  readonly #chain: readonly X509Certificate[]
  #names: SubjectAltNames | undefined

  constructor(certificate: X509Certificate, chain: readonly X509Certificate[] = [certificate]) {
    this.#certificate = certificate
    this.#chain = chain
  }

  get names(): SubjectAltNames {
    return (this.#names ??= subjectAltNames(this.#certificate.subjectAltName))
  }
  get subject(): string {
    return distinguishedName(this.#certificate.subject)
  }
  get issuer(): string {
    return distinguishedName(this.#certificate.issuer)
  }
  get serial(): string {
    return this.#certificate.serialNumber.toLowerCase()
  }
  get sha256(): string {
    return this.#certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  }
  get uriSans(): readonly string[] {
    return this.names.uri
  }
  get dnsSans(): readonly string[] {
    return this.names.dns
  }
  get ipSans(): readonly string[] {
    return this.names.ip
  }
  get emailSans(): readonly string[] {
    return this.names.email
  }
  get urlEncodedPem(): string {
    return encodeURIComponent(this.#certificate.toString())
  }
  get urlEncodedChain(): string {
    return encodeURIComponent(this.#chain.map((certificate) => certificate.toString()).join(''))
  }
  get validFromMs(): number {
    return Date.parse(this.#certificate.validFrom)
  }
  get validToMs(): number {
    return Date.parse(this.#certificate.validTo)
  }
}

/** Certificates from the leaf up, as the peer sent them or as they were found in the store. */
export function chainOf(leaf: X509Certificate): readonly X509Certificate[] {
  const chain = [leaf]
  for (let next = leaf.issuerCertificate; next !== undefined && chain.length < 16; next = next.issuerCertificate) {
    if (next.fingerprint256 === chain.at(-1)!.fingerprint256) break
    chain.push(next)
  }
  return chain
}

/** What is known of the TLS session of a connection to a host. */
export class TlsSessionFacts implements TlsInfo {
  readonly version: string
  readonly cipher: string
  readonly alpn: string
  readonly serverName: string
  readonly peerValidated: boolean
  readonly #socket: TLSSocket
  readonly #leaf: X509Certificate | undefined
  #peer: PeerCertificate | undefined = undefined
  #local: PeerCertificate | undefined | null = null

  /** `leaf`: the peer's certificate, which a resumed handshake does not show again. */
  constructor(socket: TLSSocket, serverName: string, leaf: X509Certificate | undefined, peerValidated: boolean) {
    this.#socket = socket
    this.#leaf = leaf
    this.version = socket.getProtocol() ?? ''
    this.cipher = socket.getCipher().name
    this.alpn = typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : ''
    this.serverName = serverName
    this.peerValidated = peerValidated
  }

  get sessionId(): string {
    return ''
  }
  get peer(): PeerCertificate | undefined {
    if (this.#leaf === undefined) return undefined
    return (this.#peer ??= new CertificateFacts(this.#leaf, chainOf(this.#leaf)))
  }
  get local(): PeerCertificate | undefined {
    if (this.#local === null) {
      const own = this.#socket.getX509Certificate()
      this.#local = own === undefined ? undefined : new CertificateFacts(own)
    }
    return this.#local
  }
}
