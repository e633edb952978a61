import { NuncioError } from '@nuncio/core'
import type { BindAddress } from '@nuncio/listener'
import { BoundSocket } from '../bound-socket.ts'
import { Channel, type Port } from '../channel.ts'
import type { Inheritance, InheritedSockets, PredecessorProcedures } from './protocol.ts'

/** The process that this one replaces, with all that was taken over from it. */
export class Predecessor {
  readonly channel: Channel<PredecessorProcedures>
  readonly inheritance: Inheritance
  readonly sockets: readonly (InheritedSockets & { readonly sockets: readonly BoundSocket[] })[]
  readonly adminSocket: BoundSocket | undefined

  private constructor(
    channel: Channel<PredecessorProcedures>,
    inheritance: Inheritance,
    sockets: Predecessor['sockets'],
    adminSocket: BoundSocket | undefined,
  ) {
    this.channel = channel
    this.inheritance = inheritance
    this.sockets = sockets
    this.adminSocket = adminSocket
  }

  /** Asks for everything; rejects when it has ended meanwhile. */
  static async connect(port: Port): Promise<Predecessor> {
    const channel = new Channel<PredecessorProcedures>(port)
    const inheritance = await channel.ask('inheritance', undefined)
    const ask = async (at: BindAddress, key: string, index: number, bound: number): Promise<BoundSocket> =>
      received(key, at, bound, (await channel.askWithHandle('socket', { key, index })).handle)
    const sockets = await Promise.all(
      inheritance.sockets.map(async (group) => ({
        ...group,
        sockets: await Promise.all(group.ports.map((each, index) => ask(group.at, group.key, index, each))),
      })),
    )
    const { admin } = inheritance
    const adminSocket =
      admin && received('the admin', admin, admin.port, (await channel.askWithHandle('adminSocket', undefined)).handle)
    return new Predecessor(channel, inheritance, sockets, adminSocket)
  }
}

function received(what: string, at: BindAddress, port: number, handle: object | undefined): BoundSocket {
  if (handle !== undefined) return new BoundSocket(at, handle, port)
  throw new NuncioError('ERR_NUNCIO_TAKE_OVER', `the socket of ${what} did not arrive`)
}
