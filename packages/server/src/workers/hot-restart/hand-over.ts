import { NuncioError, type StatsDump } from '@nuncio/core'
import type { ListenHandle } from '@nuncio/listener'
import type { Handlers, WithHandle } from '../channel.ts'
import type { ListeningSockets } from '../listening-sockets.ts'
import type { Inheritance, PredecessorProcedures } from './protocol.ts'

/** A process that is to take over. */
export interface SuccessorProcess {
  readonly pid: number
  /** Settles with the reason in words when it has ended. */
  readonly exited: Promise<string>
  /** It stands on its own now. */
  letGo(): void
}

/** Starts a process of the program as it is on disk now, which may ask what `handlers` answer. */
export type SpawnSuccessor = (handlers: Handlers<PredecessorProcedures>) => SuccessorProcess

export interface HandOverParts {
  readonly spawn: SpawnSuccessor
  readonly sockets: ListeningSockets
  readonly adminSocket: () => ListenHandle | undefined
  readonly inheritance: () => Omit<Inheritance, 'sockets' | 'admin'>
  readonly totals: () => StatsDump
  /** Finishes what is under way. */
  readonly retire: () => Promise<void>
  /** All is told. */
  readonly end: () => void
}

/** Hands everything over to a successor, which is asked for nothing until it serves. */
export class HandOver {
  readonly #parts: HandOverParts
  #running: Promise<void> | undefined = undefined

  constructor(parts: HandOverParts) {
    this.#parts = parts
  }

  /** Settles when the successor serves; rejects when it cannot, and all is as it was. */
  start(): Promise<void> {
    this.#running ??= this.#start().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #start(): Promise<void> {
    const { promise: serves, resolve } = Promise.withResolvers<void>()
    const successor: SuccessorProcess = this.#parts.spawn(this.#handlers(resolve, () => successor.letGo()))
    const failed = successor.exited.then((reason) => {
      throw new NuncioError('ERR_NUNCIO_HAND_OVER', `the new process cannot take over: ${reason}`, {
        hint: 'its own messages say why; this one goes on',
      })
    })
    failed.catch(() => {})
    await Promise.race([serves, failed])
  }

  #handlers(serves: () => void, letGo: () => void): Handlers<PredecessorProcedures> {
    const { sockets, adminSocket, inheritance, totals, retire, end } = this.#parts
    return {
      inheritance: () => ({ ...inheritance(), sockets: sockets.described, admin: adminSocket() !== undefined }),
      socket: ({ key, index }): WithHandle<void> => ({ value: undefined, handle: sockets.at(key, index)?.handle }),
      adminSocket: (): WithHandle<void> => ({ value: undefined, handle: adminSocket() }),
      totals: () => totals(),
      retire: async () => {
        serves()
        await retire()
        // The answer goes out first.
        setImmediate(() => {
          letGo()
          end()
        })
        return totals()
      },
    }
  }
}
