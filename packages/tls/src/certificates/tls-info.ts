import type { TlsInfo } from '@nuncio/core'
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
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
  #peerChain: readonly CertificateFacts[] | undefined
  #session: Session | undefined
  #group: string | undefined

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
    return this.#readSession().id
  }

  /** '' too when it is first asked for after the socket closed. */
  get group(): string {
    this.#group ??= this.#readSession().group || agreedGroup(this.#socket)
    return this.#group
  }

  /** No more than `peer` when it is first asked for after the socket closed. */
  get peerChain(): readonly CertificateFacts[] {
    this.#peerChain ??= this.#peer === undefined ? [] : chainOf(this.#socket, this.#peer)
    return this.#peerChain
  }

  /** A server's session of TLS 1.3 has no id before its ticket is written: until then it is read anew. */
  #readSession(): Session {
    if (this.#session === undefined || this.#session.id === '') {
      const session = readSession(this.#socket.getSession())
      if (session.id !== '' || this.#session === undefined) this.#session = session
    }
    return this.#session
  }
}

interface Session {
  readonly id: string
  readonly group: string
}

const GROUP_TAG = 0xb3
/** Groups by their numbers (IANA, TLS Supported Groups), named as BoringSSL does. */
const GROUPS: ReadonlyMap<number, string> = new Map([
  [0x17, 'P-256'],
  [0x18, 'P-384'],
  [0x19, 'P-521'],
  [0x1d, 'X25519'],
  [0x1e, 'X448'],
  [0x11eb, 'SecP256r1MLKEM768'],
  [0x11ec, 'X25519MLKEM768'],
  [0x11ed, 'SecP384r1MLKEM1024'],
])

const CURVES: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

/** Only a client is told, and a session of TLS 1.2 says nothing to it. */
function agreedGroup(socket: TLSSocket): string {
  const { name = '' } = (socket.getEphemeralKeyInfo() ?? {}) as { readonly name?: string }
  return CURVES.get(name) ?? name
}

/** What OpenSSL's form of a session says: version, protocol, cipher, id, …, and the group among what follows. */
function readSession(session: Buffer | undefined): Session {
  const fields = (session === undefined ? undefined : derInside(derValue(session))) ?? []
  const [, , , id] = fields
  const number = derInside(
    fields.find(({ tag }) => tag === GROUP_TAG),
    GROUP_TAG,
  )?.[0]
  const group = number === undefined ? '' : (GROUPS.get(number.body.readUIntBE(0, number.body.length)) ?? '')
  return { id: id?.tag === 4 ? id.body.toString('hex') : '', group }
}

/** The certificate of the peer, and those that Node has found above it. */
function chainOf(socket: TLSSocket, peer: X509Certificate): readonly CertificateFacts[] {
  const chain = [new CertificateFacts(peer)]
  // Of a socket that is gone there is no more than nothing.
  let at = (socket.getPeerCertificate(true) as DetailedPeerCertificate | null)?.issuerCertificate
  for (const seen = new Set([peer.fingerprint256]); at?.raw !== undefined && !seen.has(at.fingerprint256);) {
    seen.add(at.fingerprint256)
    chain.push(new CertificateFacts(new X509Certificate(at.raw)))
    at = at.issuerCertificate
  }
  return chain
}
