import { INTERNAL_CLIENT, internalAddress, type SocketAddress, type TimeSource } from '@nuncio/core'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Who takes the connections to an internal listener. */
export interface InternalTaker {
  onInternalConnection(socket: Socket, local: SocketAddress, remote: SocketAddress): void
}

interface Pending {
  readonly name: string
  readonly endpointId: string
  onTaken(): void
}

const TOKEN_BYTES = 16
/** For the token of a connection: ours come at once. */
const TOKEN_TIMEOUT_MS = 5000
const CLIENT: SocketAddress = Object.freeze({ address: INTERNAL_CLIENT, port: 0 })

/**
 * The internal listeners of one server, by name, and the way to them: one Unix socket that nobody outside knows. A
 * connection begins with a random token, which says in this process whom it is for; without one it is closed.
 */
export class InternalListeners {
  readonly #time: TimeSource
  readonly #takers = new Map<string, InternalTaker>()
  readonly #pending = new Map<string, Pending>()
  #server: Server | undefined = undefined
  #opening: Promise<void> | undefined = undefined
  #folder = ''
  /** Of the Unix socket; '' before the first listener. */
  path = ''

  constructor(time: TimeSource) {
    this.#time = time
  }

  /** From now on connections to this name go there. Rejects when there can be no socket. */
  async register(name: string, taker: InternalTaker): Promise<void> {
    this.#opening ??= this.#open()
    try {
      await this.#opening
    } catch (error) {
      this.#opening = undefined
      throw error
    }
    this.#takers.set(name, taker)
  }

  /** Nobody reaches it any more, unless another took the name meanwhile. Connections go on. */
  unregister(name: string, taker: InternalTaker): void {
    if (this.#takers.get(name) !== taker) return
    this.#takers.delete(name)
    if (this.#takers.size === 0) this.#close()
  }

  /**
   * Connects to a listener: the socket is to be left alone until `onTaken`. Undefined when there is no such listener.
   * `options` are those of `net.connect` but for the target.
   */
  connect(name: string, endpointId: string, options: Partial<NetConnectOpts>, onTaken: () => void): Socket | undefined {
    if (!this.#takers.has(name)) return undefined
    const token = randomBytes(TOKEN_BYTES)
    const key = token.toString('latin1')
    this.#pending.set(key, { name, endpointId, onTaken })
    const socket = connect({ ...options, path: this.path } as NetConnectOpts)
    socket.once('connect', () => socket.write(token))
    socket.once('close', () => this.#pending.delete(key))
    return socket
  }

  #open(): Promise<void> {
    const name = `nuncio-internal-${randomBytes(TOKEN_BYTES).toString('hex')}`
    if (process.platform === 'linux') this.path = `\0${name}`
    else {
      this.#folder = mkdtempSync(join(tmpdir(), 'nuncio-'))
      this.path = join(this.#folder, 's')
    }
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accepted(socket))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: this.path, exclusive: true }, resolve)
    })
  }

  #close(): void {
    this.#server?.close()
    this.#server = this.#opening = undefined
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = ''
  }

  #accepted(socket: Socket): void {
    const refuse = (): void => void socket.destroy()
    const deadline = this.#time.setTimer(TOKEN_TIMEOUT_MS, refuse)
    const onReadable = (): void => {
      const token = socket.read(TOKEN_BYTES) as Buffer | null
      if (token === null) return
      socket.off('readable', onReadable)
      socket.off('end', refuse)
      deadline.cancel()
      this.#hand(socket, token.toString('latin1'))
    }
    socket.on('error', () => {})
    socket.once('close', () => deadline.cancel())
    socket.on('end', refuse)
    socket.on('readable', onReadable)
  }

  #hand(socket: Socket, key: string): void {
    const pending = this.#pending.get(key)
    this.#pending.delete(key)
    const taker = pending && this.#takers.get(pending.name)
    if (pending === undefined || taker === undefined) return void socket.destroy()
    const address = internalAddress(pending.name, pending.endpointId)
    taker.onInternalConnection(socket, Object.freeze({ address, port: 0 }), CLIENT)
    pending.onTaken()
  }
}
