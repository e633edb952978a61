import { ClientConnection } from '../http1/client-connection.ts'
import type { Http1Options } from '../http1/options.ts'
import { MemorySocket } from './memory-socket.ts'
import { Relay } from './relay.ts'

/** A relay without a network: one client, and the upstream connections that it causes. */
export class MemoryRelay {
  readonly client = new MemorySocket()
  readonly upstreams: MemorySocket[] = []
  readonly relay: Relay
  /** For the test: how many requests it has answered. */
  answers = 0

  constructor(options: Partial<Http1Options> = {}) {
    this.relay = new Relay((owner) => {
      const socket = new MemorySocket()
      this.upstreams.push(socket)
      return ClientConnection.over(socket, '', owner, owner.options, owner.batch, false)
    }, options)
    this.relay.accept(this.client, false)
  }

  /** Everything that reached the origin, over all connections. */
  get received(): string {
    return this.upstreams.map((socket) => socket.sent).join('')
  }
}
