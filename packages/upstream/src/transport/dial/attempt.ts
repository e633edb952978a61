import type { DialFailure } from '@nuncio/cluster'
import { formatAddress, parseInternalAddress, type TlsInfo } from '@nuncio/core'
import { connect, isIPv6, type NetConnectOpts, type Socket } from 'node:net'
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { type Beginning, tlsErrorText } from '@nuncio/tls'
import type { DialAddress } from './address-order.ts'
import { tune } from './bind.ts'
import { SocketReader } from './socket-reader.ts'
import { markInternal } from './internal.ts'
import type { DialRequest, DialSettings } from './dialler.ts'
import { connectFailure, errorText } from './errors.ts'

export interface AttemptEvents {
  onReady(socket: Socket, tls: TlsInfo | undefined, reader: SocketReader | undefined): void
  onFailed(failure: DialFailure & { readonly bind?: boolean }): void
}

/** One try at one address: connect, say the first words, shake hands, judge the peer. */
export class Attempt {
  readonly #settings: DialSettings
  readonly #request: DialRequest
  readonly #address: DialAddress
  /** The socket whose events count now; the one below it when TLS is put on top of another. */
  #socket: Socket | undefined = undefined
  #below: Socket | undefined = undefined
  #events: AttemptEvents | undefined = undefined
  #connected = false
  #reader: SocketReader | undefined = undefined

  constructor(settings: DialSettings, request: DialRequest, address: DialAddress) {
    this.#settings = settings
    this.#request = request
    this.#address = address
  }

  start(events: AttemptEvents): void {
    this.#events = events
    const { transport } = this.#request
    if (transport.tls !== undefined && !transport.tls.ready()) {
      return this.#fail({ side: 'remote', details: 'TLS error: Secret is not supplied by SDS' })
    }
    if (parseInternalAddress(this.#address.ip) !== undefined) this.#internal()
    else if (transport.tls !== undefined && transport.preamble === undefined) this.#secure(undefined)
    else this.#plain()
  }

  cancel(): void {
    this.#events = undefined
    this.#drop()
  }

  #plain(): void {
    // What is exchanged before the user's bytes is read as events.
    const bare = this.#request.rawReads === true && this.#request.transport.preamble === undefined
    const reader = bare ? new SocketReader() : undefined
    this.#reader = reader
    const socket = connect({ ...this.#target(), ...(reader && { onread: reader.onread }) })
    if (reader !== undefined) socket.once('close', () => reader.release())
    this.#watch(socket)
    socket.once('connect', () => {
      this.#connected = true
      this.#preamble(socket)
    })
  }

  /** Connects to an internal listener; TLS comes on top of that connection. */
  #internal(): void {
    const { transport, rawReads } = this.#request
    const { listener, endpointId } = parseInternalAddress(this.#address.ip)!
    const reader =
      rawReads === true && transport.preamble === undefined && transport.tls === undefined
        ? new SocketReader()
        : undefined
    this.#reader = reader
    const options = { allowHalfOpen: true, ...(reader && { onread: reader.onread }) }
    const socket = this.#settings.internal?.connect(listener, endpointId, options, () => {
      if (this.#events === undefined) return
      this.#connected = true
      if (transport.tls !== undefined && transport.preamble === undefined) this.#secure(socket)
      else this.#preamble(socket!)
    })
    if (socket === undefined) {
      const details = `immediate connect error: ${errorText('EINVAL')}|remote address:${this.#address.ip}`
      return this.#fail({ side: 'remote', details })
    }
    markInternal(socket)
    if (reader !== undefined) socket.once('close', () => reader.release())
    this.#watch(socket)
  }

  #preamble(socket: Socket): void {
    const { transport } = this.#request
    if (transport.preamble === undefined) return this.#ready(socket, undefined)
    transport.preamble.run(socket, this.#request, (failure) => {
      if (this.#events === undefined) return
      if (failure !== '') this.#fail({ side: 'remote', details: failure })
      else if (transport.tls === undefined) this.#ready(socket, undefined)
      else this.#secure(socket)
    })
  }

  /** Shakes hands, over `below` or over a connection that TLS opens itself. */
  #secure(below: Socket | undefined): void {
    const { transport, target, options, protocols } = this.#request
    const beginning = transport.tls!.begin(target, options, protocols)
    const base = beginning.options
    if (below !== undefined) this.#unwatch(below)
    this.#below = below
    const under = below === undefined ? this.#target() : { socket: below, allowHalfOpen: true }
    const socket = tlsConnect({ ...base, ...under } as ConnectionOptions)
    transport.tls!.follow(socket)
    this.#watch(socket)
    socket.once('connect', () => {
      this.#connected = true
    })
    socket.once('secureConnect', () => this.#judge(socket, beginning))
  }

  #judge(socket: TLSSocket, beginning: Beginning): void {
    if (this.#events === undefined) return
    const result = this.#request.transport.tls!.finish(socket, beginning)
    if ('info' in result) this.#ready(socket, result.info)
    else this.#fail({ side: 'remote', details: result.failure })
  }

  #target(): NetConnectOpts {
    const { ip, port } = this.#address
    const common = { allowHalfOpen: true, autoSelectFamily: false }
    if (ip.startsWith('/')) return { ...common, path: ip }
    if (ip.startsWith('@')) return { ...common, path: `\0${ip.slice(1)}` }
    const local = isIPv6(ip) ? this.#settings.binding?.v6 : this.#settings.binding?.v4
    return { ...common, host: ip, port, ...local }
  }

  #watch(socket: Socket): void {
    this.#socket = socket
    tune(socket, this.#settings.keepAlive)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  #unwatch(socket: Socket): void {
    socket.off('error', this.#onError)
    socket.off('close', this.#onClose)
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const { ip, port } = this.#address
    if (!this.#connected) {
      const local = isIPv6(ip) ? this.#settings.binding?.v6 : this.#settings.binding?.v4
      const from = local === undefined ? '' : formatAddress({ address: local.localAddress, port: local.localPort })
      const path = ip.startsWith('/') || ip.startsWith('@')
      const failure = connectFailure(error, formatAddress({ address: ip, port }), path, from)
      return this.#fail(error.syscall === 'bind' ? { ...failure, bind: true } : failure)
    }
    const text = this.#request.transport.tls?.failed(error)
    // A peer that goes away in the middle of a handshake leaves no error behind in OpenSSL, nor in Envoy's logs.
    const gone = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    this.#fail({
      side: 'remote',
      details: text ?? (gone ? '' : errorText(error.code ?? tlsErrorText('INTERNAL_ERROR'))),
    })
  }

  readonly #onClose = (): void => this.#fail({ side: 'remote', details: '' })

  #ready(socket: Socket, tls: TlsInfo | undefined): void {
    const events = this.#events
    if (events === undefined) return
    this.#events = undefined
    this.#unwatch(socket)
    // Whoever takes the socket over adds its own handlers; this one only keeps a late error from ending the process.
    socket.on('error', ignore)
    events.onReady(socket, tls, this.#reader)
  }

  #fail(failure: DialFailure & { readonly bind?: boolean }): void {
    const events = this.#events
    if (events === undefined) return
    this.#events = undefined
    this.#drop()
    events.onFailed(failure)
  }

  #drop(): void {
    for (const socket of [this.#socket, this.#below]) {
      if (socket === undefined) continue
      this.#unwatch(socket)
      socket.on('error', ignore)
      socket.destroy()
    }
    this.#socket = this.#below = undefined
  }
}

function ignore(): void {}
