import { NuncioError } from '@nuncio/core'
import type { ListenHandle } from '@nuncio/listener'
import { Channel, type Port } from '../channel.ts'
import type { BoundSocket } from '../listening-sockets.ts'
import type { Inheritance, InheritedSockets, PredecessorProcedures } from './protocol.ts'

/** The process that this one replaces, with all that was taken over from it. */
export class Predecessor {
  readonly channel: Channel<PredecessorProcedures>
  readonly inheritance: Inheritance
  readonly sockets: readonly (InheritedSockets & { readonly sockets: readonly BoundSocket[] })[]
  readonly adminSocket: ListenHandle | undefined

  private constructor(
    channel: Channel<PredecessorProcedures>,
    inheritance: Inheritance,
    sockets: Predecessor['sockets'],
    adminSocket: ListenHandle | undefined,
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
    const sockets = await Promise.all(
      inheritance.sockets.map(async (group) => ({
        ...group,
        sockets: await Promise.all(group.ports.map((bound, index) => inherit(channel, group.key, index, bound))),
      })),
    )
    const admin = inheritance.admin ? (await channel.askWithHandle('adminSocket', undefined)).handle : undefined
    return new Predecessor(channel, inheritance, sockets, admin)
  }
}

async function inherit(
  channel: Channel<PredecessorProcedures>,
  key: string,
  index: number,
  port: number,
): Promise<BoundSocket> {
  const { handle } = await channel.askWithHandle('socket', { key, index })
  if (handle === undefined) {
    throw new NuncioError('ERR_NUNCIO_TAKE_OVER', `the socket of ${key} did not arrive`)
  }
  return { handle, port, close: () => (handle as { close(): void }).close() }
}
