import type { TlsInfo } from '@nuncio/core'
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { CertificateFacts } from './certificate-facts.ts'
import { derInside, derValue } from './der.ts'

/** What is known of a TLS session; the texts are taken when the handshake ends, certificates are read when asked for. */
export class SocketTlsInfo implements TlsInfo {
  readonly version: string
  readonly cipher: string
  readonly alpn: string
  readonly serverName: string
  readonly peerValidated: boolean
  readonly #socket: TLSSocket
  readonly #peer: X509Certificate | undefined
  #peerFacts: CertificateFacts | undefined
  #localFacts: CertificateFacts | undefined
  #sessionId: string | undefined

  constructor(socket: TLSSocket, serverName: string, peer: X509Certificate | undefined, peerValidated: boolean) {
    this.#socket = socket
    this.version = socket.getProtocol() ?? ''
    this.cipher = socket.getCipher().name
    this.alpn = socket.alpnProtocol || ''
    this.serverName = serverName
    this.#peer = peer
    this.peerValidated = peerValidated
  }

  get peer(): CertificateFacts | undefined {
    if (this.#peer !== undefined) this.#peerFacts ??= new CertificateFacts(this.#peer)
    return this.#peerFacts
  }

  /** Undefined too when it is first asked for after the socket closed. */
  get local(): CertificateFacts | undefined {
    if (this.#localFacts === undefined) {
      const x509 = this.#socket.getX509Certificate()
      if (x509 !== undefined) this.#localFacts = new CertificateFacts(x509)
    }
    return this.#localFacts
  }

  /** Hexadecimal; '' when there is none, or when it is first asked for after the socket closed. */
  get sessionId(): string {
    this.#sessionId ??= readSessionId(this.#socket.getSession())
    return this.#sessionId
  }
}

/** The session id within OpenSSL's form of a session: version, protocol, cipher, id, … */
function readSessionId(session: Buffer | undefined): string {
  const id = session === undefined ? undefined : derInside(derValue(session))?.[3]
  return id?.tag === 4 ? id.body.toString('hex') : ''
}
