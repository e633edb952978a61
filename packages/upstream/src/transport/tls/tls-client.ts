import type { TransportOptions } from '@nuncio/cluster'
import type { TlsInfo } from '@nuncio/core'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { TlsSessionFacts } from './peer.ts'
import { judgePeer, type Peer, peerOf } from './peer-rules.ts'
import type { SslStats } from './ssl-stats.ts'
import { verifyFailureText } from './tls-errors.ts'
import type { TlsMaterial } from './tls-material.ts'

export interface TlsClientOptions {
  /** SNI; '' = none. */
  readonly serverName: string
  /** Undefined: what the pool's protocol asks for. */
  readonly alpn: readonly string[] | undefined
  /** Sessions kept for resumption for each host; 0 = none. */
  readonly maxSessions: number
  readonly stats: SslStats
}

/** A handshake's result: what to tell about it, or why the connection may not be used. */
export type HandshakeResult = { readonly info: TlsInfo } | { readonly failure: string }

/** A session to resume. A resumed handshake shows no certificate, so the peer of the full one is kept with it. */
interface Session {
  readonly bytes: Buffer
  readonly once: boolean
  readonly peer: Peer
}

/** A handshake about to begin. */
export interface Beginning {
  readonly options: ConnectionOptions
  /** What it resumes, and by whose rules it is judged: those that it began with. */
  readonly session: Session | undefined
  readonly material: TlsMaterial
}

/** Sessions of at most so many hosts and names are kept. */
const SESSION_KEYS = 4096

/** The client side of TLS for one cluster: settings, sessions to resume, and the judgement of who answered. */
export class TlsClient {
  readonly stats: SslStats
  readonly #options: TlsClientOptions
  #material: TlsMaterial | undefined = undefined
  readonly #sessions = new Map<string, Session[]>()

  constructor(options: TlsClientOptions, material: TlsMaterial | undefined) {
    this.#options = options
    this.stats = options.stats
    this.#material = material
  }

  /** Whether there is anything to shake hands with; a client that waits for its secrets has not. */
  get ready(): boolean {
    return this.#material !== undefined
  }

  /** New keys or authorities: connections made from now on use them, and no session of before is resumed. */
  replace(material: TlsMaterial): void {
    this.#material = material
    this.#sessions.clear()
  }

  serverName(options: TransportOptions | undefined): string {
    return options === undefined || options.serverName === '' ? this.#options.serverName : options.serverName
  }

  /** What `tls.connect` needs for a handshake with a host. Call only when `ready`. */
  begin(address: string, options: TransportOptions | undefined, protocols: readonly string[]): Beginning {
    const material = this.#material!
    const serverName = this.serverName(options)
    const session = this.#session(sessionKey(address, serverName))
    const alpn = this.#options.alpn ?? protocols
    const connect: ConnectionOptions = {
      secureContext: material.context,
      // Names and chains are judged by `finish`, which knows Envoy's rules; until then nothing is sent.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(serverName !== '' && { servername: serverName }),
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(session !== undefined && { session: session.bytes }),
    }
    return { options: connect, session, material }
  }

  /** Judges a finished handshake and counts it. */
  finish(
    socket: TLSSocket,
    address: string,
    options: TransportOptions | undefined,
    { session, material }: Beginning,
  ): HandshakeResult {
    const serverName = this.serverName(options)
    const peer = socket.isSessionReused() && session !== undefined ? session.peer : peerOf(socket)
    const verdict = judgePeer(peer, material.rules, options?.verifyNames ?? [])
    if (!verdict.ok) {
      this.#refused(verdict.rule)
      return { failure: verifyFailureText(verdict.why) }
    }
    this.stats.agreed(socket)
    if (this.#options.maxSessions > 0) this.#keepSessions(socket, sessionKey(address, serverName), peer, material)
    return { info: new TlsSessionFacts(socket, serverName, peer.leaf, verdict.validated) }
  }

  #session(key: string): Session | undefined {
    const list = this.#sessions.get(key)
    const last = list?.at(-1)
    // A ticket of TLS 1.3 is for one connection: used twice, it would tell a listener that both are of one client.
    if (last?.once === true) list!.pop()
    return last
  }

  #refused(rule: 'no_cert' | 'error' | 'san' | 'cert_hash'): void {
    if (rule === 'no_cert') this.stats.failVerifyNoCert.inc()
    else if (rule === 'error') this.stats.failVerifyError.inc()
    else if (rule === 'san') this.stats.failVerifySan.inc()
    else this.stats.failVerifyCertHash.inc()
  }

  #keepSessions(socket: TLSSocket, key: string, peer: Peer, material: TlsMaterial): void {
    if (this.#material !== material) return
    // A session of TLS 1.2 is there already; those of TLS 1.3 come as tickets, any time.
    const once = socket.getProtocol() === 'TLSv1.3'
    const first = once || socket.isSessionReused() ? undefined : socket.getSession()
    if (first !== undefined) this.#keep(key, { bytes: first, once, peer })
    socket.on('session', (bytes: Buffer) => {
      if (this.#material === material) this.#keep(key, { bytes, once, peer })
    })
  }

  #keep(key: string, session: Session): void {
    let list = this.#sessions.get(key)
    if (list === undefined) {
      if (this.#sessions.size >= SESSION_KEYS) this.#sessions.delete(this.#sessions.keys().next().value!)
      this.#sessions.set(key, (list = []))
    }
    if (list.push(session) > this.#options.maxSessions) list.shift()
  }
}

function sessionKey(address: string, serverName: string): string {
  return `${serverName} ${address}`
}
