import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Handshake } from '../../contracts.ts'
import { peekClientHello } from './peek-client-hello.ts'
import {
  chainError,
  type HandshakeOptions,
  type HelloWishes,
  type KeyLog,
  type ServerContexts,
  SocketTlsInfo,
  tlsErrorText,
  tlsFailureText,
  type TlsStats,
} from '@nuncio/tls'

/** What handshakes of one filter chain are told to. */
interface HandshakeSite {
  readonly stats: TlsStats
  readonly keyLog: KeyLog | undefined
}

/** A handshake under way. */
interface Pending {
  readonly stats: TlsStats
  readonly contexts: ServerContexts
  readonly handshake: Handshake
}

const PENDING = Symbol('nuncio handshake')
type PendingSocket = TLSSocket & { [PENDING]?: Pending | undefined }

/**
 * Puts TLS on an accepted socket; bytes that were read and put back (`unshift`) are part of the handshake. Where it
 * matters what the client asks for and no listener filter looked, its hello is read first.
 */
export function startHandshake(
  site: HandshakeSite,
  options: HandshakeOptions,
  raw: Socket,
  handshake: Handshake,
): Socket {
  if (handshake.detectedTransportProtocol === 'tls') {
    const { serverName, requestedApplicationProtocols: protocols } = handshake
    return wrap(site, options, raw, handshake, { serverName, protocols })
  }
  if (!options.needsWishes) return wrap(site, options, raw, handshake, undefined)
  peekClientHello(raw, (hello) => {
    if (hello === 'closed') handshake.onHandshakeFailure('')
    // What is no hello is for OpenSSL to refuse, in the words of TLS.
    else wrap(site, options, raw, handshake, typeof hello === 'object' ? hello : undefined)
  })
  return raw
}

function wrap(
  site: HandshakeSite,
  options: HandshakeOptions,
  raw: Socket,
  handshake: Handshake,
  wishes: HelloWishes | undefined,
): Socket {
  const socket: PendingSocket = new TLSSocket(raw, options.for(wishes))
  site.keyLog?.follow(socket, handshake)
  socket[PENDING] = { stats: site.stats, contexts: options.contexts, handshake }
  socket.on('secure', onSecure)
  socket.on('error', onError)
  socket.on('end', onGone)
  socket.on('close', onGone)
  return socket
}

/** Ends the waiting, once. */
function settle(socket: PendingSocket): Pending | undefined {
  const pending = socket[PENDING]
  socket[PENDING] = undefined
  socket.removeListener('secure', onSecure)
  socket.removeListener('end', onGone)
  socket.removeListener('close', onGone)
  return pending
}

function onSecure(this: PendingSocket): void {
  const pending = settle(this)
  if (pending === undefined) return
  const { stats, contexts, handshake } = pending
  const serverName = requestedName(this)
  if (!isPlainName(serverName)) {
    stats.connectionError.inc()
    handshake.onHandshakeFailure(tlsErrorText('UNRECOGNIZED_NAME'))
    return
  }
  const certificate = contexts.requestCertificate ? this.getPeerX509Certificate() : undefined
  const peer = { certificate, chainError: chainError(this) }
  const required = contexts.requireCertificate
  const verdict = contexts.verifier.check(peer, { purpose: 'client', required, names: [], onlyThese: false })
  if (verdict.fault !== undefined) {
    stats.faults[verdict.fault].inc()
    handshake.onHandshakeFailure(verdict.details)
    return
  }
  const info = new SocketTlsInfo(this, serverName, certificate, verdict.validated)
  stats.agreed(this, info, verdict)
  handshake.onSecure(this, info)
}

function onError(this: PendingSocket, error: NodeJS.ErrnoException): void {
  const pending = settle(this)
  if (pending === undefined) return
  const code = error.code ?? ''
  // A peer that only went away made no TLS error.
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') pending.stats.faults.fail_verify_no_cert.inc()
  else if (code.startsWith('ERR_')) pending.stats.connectionError.inc()
  // What ends without a word of TLS leaves no error behind in OpenSSL, nor in Envoy's logs.
  pending.handshake.onHandshakeFailure(tlsFailureText(error) ?? '')
}

function onGone(this: PendingSocket): void {
  settle(this)?.handshake.onHandshakeFailure('')
}

/** What the client asked for, lower-case; '' = no name. */
function requestedName(socket: TLSSocket): string {
  const { servername } = socket as { servername?: unknown }
  return typeof servername === 'string' ? servername.toLowerCase() : ''
}

/** Visible ASCII: neither a NUL nor a dot of another script nor white space can make one name look like another. */
function isPlainName(name: string): boolean {
  return /^[!-~]*$/.test(name)
}
