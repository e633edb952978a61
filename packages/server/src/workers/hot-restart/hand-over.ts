import { type Logger, NuncioError, type StatsDump, type TimeSource } from '@nuncio/core'
import type { BoundSocket } from '../bound-socket.ts'
import type { Handlers, WithHandle } from '../channel.ts'
import type { ListeningSockets } from '../listening-sockets.ts'
import { wait } from '../wait.ts'
import type { HotRestartStats } from './hot-restart-stats.ts'
import type { Inheritance, PredecessorProcedures } from './protocol.ts'

/** A process that is to take over. */
export interface SuccessorProcess {
  readonly pid: number
  /** Settles with the reason in words when it has ended. */
  readonly exited: Promise<string>
  /** It stands on its own now. */
  letGo(): void
  /** Ends it at once, whatever it does; its workers end by themselves. */
  kill(): void
}

/** Starts a process of the program as it is on disk now, which may ask what `handlers` answer. */
export type SpawnSuccessor = (handlers: Handlers<PredecessorProcedures>) => SuccessorProcess

export interface HandOverParts {
  readonly spawn: SpawnSuccessor
  /** How long a successor may take until it serves, ms. */
  readonly patienceMs: number
  /** How long it must serve, while this process serves on beside it, until it is trusted, ms. */
  readonly trialMs: number
  readonly stopping: () => boolean
  readonly sockets: ListeningSockets
  readonly adminSocket: () => BoundSocket | undefined
  readonly inheritance: () => Omit<Inheritance, 'sockets' | 'admin'>
  readonly totals: () => StatsDump
  /** Finishes what is under way. */
  readonly retire: () => Promise<void>
  /** All is told. */
  readonly end: () => void
  readonly time: TimeSource
  readonly logger: Logger
  readonly stats: HotRestartStats
}

/** What a successor says, and what it is told. */
interface Trial {
  /** It serves. */
  readonly serves: PromiseWithResolvers<void>
  /** It has served long enough; rejects when it ended before. */
  readonly proven: PromiseWithResolvers<void>
  /** It wants this process to retire. */
  readonly takesOver: PromiseWithResolvers<void>
}

/**
 * Hands everything over to a successor, which is asked for nothing until it serves, and is on trial then: both accept from
 * the same sockets. Until it has stood the trial nothing of this process changes; a successor that dies, or does not serve
 * in time, is told of and another may try.
 */
export class HandOver {
  readonly #parts: HandOverParts
  #successor: SuccessorProcess | undefined = undefined
  #done = false

  constructor(parts: HandOverParts) {
    this.#parts = parts
  }

  /** Settles when the successor has stood its trial; rejects when it cannot, and all is as it was. One at a time. */
  async start(): Promise<void> {
    const { stats, logger } = this.#parts
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      logger.log('warning', `no hot restart: ${refusal}`)
      throw new NuncioError('ERR_NUNCIO_HAND_OVER', refusal)
    }
    stats.attempt.inc()
    try {
      await this.#untilItTakesOver()
    } catch (error) {
      stats.failed.inc()
      logger.log('error', `${(error as Error).message}; this one goes on`)
      throw error
    } finally {
      this.#successor = undefined
    }
  }

  #refusal(): string | undefined {
    if (this.#done) return 'another process has taken over already'
    if (this.#parts.stopping()) return 'this process is stopping'
    return this.#successor && `one is under way already, to process ${this.#successor.pid}`
  }

  async #untilItTakesOver(): Promise<void> {
    const { spawn, logger } = this.#parts
    const trial: Trial = {
      serves: Promise.withResolvers(),
      proven: Promise.withResolvers(),
      takesOver: Promise.withResolvers(),
    }
    trial.proven.promise.catch(() => {})
    const successor: SuccessorProcess = spawn(this.#handlers(trial, () => successor))
    this.#successor = successor
    logger.log('info', 'a hot restart begins', { pid: successor.pid })
    const failed = successor.exited.then((reason) => {
      throw cannot(`the new process cannot take over: ${reason}`, 'its own messages say why')
    })
    failed.catch(() => {})
    try {
      await this.#inTime(successor, Promise.race([trial.serves.promise, failed]))
      await this.#stands(failed)
      trial.proven.resolve()
      await Promise.race([trial.takesOver.promise, failed])
      this.#done = true
    } catch (error) {
      trial.proven.reject(error)
      throw error
    }
  }

  /** Ends a successor that does not serve in time. */
  async #inTime(successor: SuccessorProcess, serves: Promise<void>): Promise<void> {
    const { patienceMs, time, stats } = this.#parts
    const patience = wait(time, patienceMs)
    const late = patience.over.then(() => {
      stats.timedOut.inc()
      successor.kill()
      throw cannot(
        `the new process did not serve within ${patienceMs / 1000} s`,
        '--hot-restart-timeout-s sets the time',
      )
    })
    try {
      await Promise.race([serves, late])
    } finally {
      patience.cancel()
    }
  }

  /** The trial; `failed` rejects when the successor ends. */
  async #stands(failed: Promise<never>): Promise<void> {
    const { trialMs, time, logger } = this.#parts
    logger.log('info', `the new process serves; this one goes on beside it for ${trialMs / 1000} s`)
    const trial = wait(time, trialMs)
    try {
      await Promise.race([trial.over, failed])
    } finally {
      trial.cancel()
    }
  }

  #handlers(trial: Trial, successor: () => SuccessorProcess): Handlers<PredecessorProcedures> {
    const { sockets, adminSocket, inheritance, totals, retire, end } = this.#parts
    const serves = async (): Promise<void> => {
      if (this.#successor !== successor()) throw cannot('it is too late', 'the old process goes on')
      trial.serves.resolve()
      await trial.proven.promise
    }
    return {
      inheritance: () => ({ ...inheritance(), sockets: sockets.described, admin: adminSocket()?.at }),
      socket: ({ key, index }): WithHandle<void> => ({ value: undefined, handle: sockets.at(key, index)?.handle }),
      adminSocket: (): WithHandle<void> => ({ value: undefined, handle: adminSocket()?.handle }),
      totals: () => totals(),
      serves,
      retire: async () => {
        // One of a release that does not know of trials says this alone.
        await serves()
        trial.takesOver.resolve()
        await retire()
        // The answer goes out first.
        setImmediate(() => {
          successor().letGo()
          end()
        })
        return totals()
      },
    }
  }
}

function cannot(message: string, hint: string): NuncioError {
  return new NuncioError('ERR_NUNCIO_HAND_OVER', message, { hint })
}
