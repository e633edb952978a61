import type { BindAddress, ListenHandle, SharedSocket, SocketSource, SocketUse } from '@nuncio/listener'
import { createServer, type Server } from 'node:net'
import type { Channel } from './channel.ts'
import type { PrimaryProcedures } from './protocol.ts'

/** A worker's listening sockets: the primary has them. */
export class RemoteSockets implements SocketSource {
  readonly #primary: Channel<PrimaryProcedures>
  readonly #servers = new Map<string, Server>()
  /** Servers that accept for a sibling, by the number of the loan. */
  readonly #loans = new Map<number, Server>()

  constructor(primary: Channel<PrimaryProcedures>) {
    this.#primary = primary
  }

  async obtain(at: BindAddress, use: SocketUse): Promise<SharedSocket> {
    const { value, handle } = await this.#primary.askWithHandle('socket', { at, use })
    const { key } = value
    return {
      handle: handle!,
      attach: (server) => void this.#servers.set(key, server),
      release: () => {
        this.#servers.delete(key)
        // A primary that is gone has nothing to be told.
        this.#primary.ask('released', { key }).catch(() => {})
      },
    }
  }

  /** Accepts from a sibling's socket, as if it were the worker's own of the same address. */
  lend(key: string, loan: number, handle: ListenHandle): void {
    if (!this.#servers.has(key)) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const own = this.#servers.get(key)
      if (own === undefined) socket.destroy()
      else own.emit('connection', socket)
    })
    server.on('error', () => {})
    server.listen(handle)
    this.#loans.set(loan, server)
  }

  returnAll(): void {
    for (const loan of this.#loans.keys()) this.return(loan)
  }

  return(loan: number): void {
    this.#loans.get(loan)?.close()
    this.#loans.delete(loan)
  }
}
