import {
  type Logger,
  NuncioError,
  type RandomGenerator,
  type StatsDump,
  type StatsScope,
  type TimeSource,
} from '@nuncio/core'
import { BackOff } from './back-off.ts'
import { answerOf } from './answer-of.ts'
import type { Channel } from './channel.ts'
import type { StartRequest, WorkerAction, WorkerProcedures } from './protocol.ts'
import { Watched, type WatchdogInfo } from './watchdog.ts'
import { WorkerStats } from './worker-stats.ts'

/** A process of a worker. */
export interface WorkerProcess {
  readonly pid: number
  readonly channel: Channel<WorkerProcedures>
  /** Ends it at once, whatever it does. */
  kill(): void
  /** Settles when it has ended, with the reason in words: `signal SIGKILL`. */
  readonly exited: Promise<string>
}

/** A worker with its place among the others. */
export interface Worker {
  /** Different for each process. */
  readonly id: number
  /** 0 to N-1; the same for its successors. */
  readonly slot: number
  readonly process: WorkerProcess
  readonly watched: Watched
  readonly startedMs: number
  /** `leaving`: it finishes what it has, its successor serves. */
  state: 'starting' | 'serving' | 'leaving' | 'gone'
}

export interface SupervisorOptions {
  readonly slots: number
  /** Starts a process; it must not throw. */
  readonly spawn: (worker: Pick<Worker, 'id' | 'slot'>) => WorkerProcess
  readonly request: (worker: Worker) => StartRequest
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly logger: Logger
  readonly stats: StatsScope
  readonly watchdog: WatchdogInfo
  /** A worker serves. */
  readonly onServing: (worker: Worker) => void
  /** A worker is asked to leave while others serve on. */
  readonly onLeaving: (worker: Worker) => void
  /** A worker died that was not to; nobody serves in its slot until another does. */
  readonly onDeath: (worker: Worker) => void
  /** A worker ended, however it did; the last of its statistics when it could say. */
  readonly onEnd: (worker: Worker, last: StatsDump | undefined) => void
}

/** How long a worker may take to begin to serve. */
const START_MS = 120_000
/** How much longer than asked a worker may take to leave. */
const LEAVE_EXTRA_MS = 5000

/** Keeps N workers serving: replaces those that die, those that hang, and, when asked, all of them one by one. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #workers = new Set<Worker>()
  readonly #stats: WorkerStats
  readonly #backOffs: readonly BackOff[]
  #ids = 0
  #live = false
  #stopping = false
  #restarting: Promise<void> | undefined = undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#stats = new WorkerStats(options.stats)
    this.#backOffs = Array.from({ length: options.slots }, () => new BackOff())
  }

  /** All that have not ended, those that leave last. */
  get workers(): readonly Worker[] {
    return [...this.#workers].toSorted((a, b) => Number(a.state === 'leaving') - Number(b.state === 'leaving'))
  }
  get serving(): readonly Worker[] {
    return [...this.#workers].filter((worker) => worker.state === 'serving')
  }

  /** Starts all; rejects with what the first that cannot start says, and none is left then. */
  async start(): Promise<void> {
    const { slots } = this.#options
    try {
      await Promise.all(Array.from({ length: slots }, (_, slot) => this.#begin(slot)))
      this.#live = true
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** Replaces all workers, one after the other; the old one leaves within `drainMs` when the new one serves. */
  restart(drainMs: number): Promise<void> {
    this.#restarting ??= this.#restart(drainMs).finally(() => (this.#restarting = undefined))
    return this.#restarting
  }

  async #restart(drainMs: number): Promise<void> {
    for (const old of this.serving.toSorted((a, b) => a.slot - b.slot)) {
      if (this.#stopping) return
      // oxlint-disable-next-line no-await-in-loop -- in order: at no time do fewer serve than before
      await this.#begin(old.slot)
      this.#stats.restarted.inc()
      void this.#leave(old, drainMs)
    }
  }

  /** Has all finish what is under way, within `timeMs`; settles when the last has ended. None is replaced any more. */
  async drain(timeMs: number): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#workers].map((worker) => this.#leave(worker, timeMs)))
  }

  /** Ends all at once. */
  stop(): void {
    this.#stopping = true
    for (const { process } of this.#workers) process.kill()
  }

  /** Has all of them do something; nobody waits for it, but the log says who could not. */
  tell(action: WorkerAction): void {
    for (const worker of this.#workers)
      void answerOf(worker, worker.process.channel.ask('act', action), action.do, this.#options.logger)
  }

  /** Ends one that hangs; it is replaced as one that died. */
  giveUp(worker: Worker): void {
    this.#stats.killedByWatchdog.inc()
    this.#options.logger.log('error', `worker ${worker.slot} does not answer and is replaced`, {
      pid: worker.process.pid,
    })
    worker.process.kill()
  }

  async #begin(slot: number): Promise<Worker> {
    const { spawn, request, time, random, watchdog } = this.#options
    const id = ++this.#ids
    const startedMs = time.monotonicMs()
    const process = spawn({ id, slot })
    const worker: Worker = {
      id,
      slot,
      process,
      startedMs,
      watched: new Watched(watchdog, random, startedMs),
      state: 'starting',
    }
    this.#workers.add(worker)
    const timer = time.setTimer(START_MS, () => process.kill())
    void process.exited.then((reason) => this.#ended(worker, reason, undefined))
    try {
      await process.channel.ask('start', request(worker))
    } catch (error) {
      // What it says is more than that it ended.
      process.kill()
      throw error
    } finally {
      timer.cancel()
    }
    if (worker.state !== 'starting') throw new NuncioError('ERR_NUNCIO_WORKER_GONE', `worker ${slot} ended as it began`)
    worker.state = 'serving'
    worker.watched.answered(time.monotonicMs())
    this.#stats.serving.set(this.serving.length)
    this.#options.onServing(worker)
    return worker
  }

  async #leave(worker: Worker, timeMs: number): Promise<void> {
    if (worker.state === 'gone') return
    worker.state = 'leaving'
    if (!this.#stopping) this.#options.onLeaving(worker)
    const { process } = worker
    const timer = this.#options.time.setTimer(timeMs + LEAVE_EXTRA_MS, () => process.kill())
    const last = await answerOf(worker, process.channel.ask('drain', { timeMs }), 'draining', this.#options.logger)
    this.#ended(worker, 'left', last)
    process.kill()
    await process.exited
    timer.cancel()
  }

  #ended(worker: Worker, reason: string, last: StatsDump | undefined): void {
    if (worker.state === 'gone') return
    const { logger, time, onDeath, onEnd } = this.#options
    const { state, slot, process } = worker
    worker.state = 'gone'
    this.#workers.delete(worker)
    this.#stats.serving.set(this.serving.length)
    onEnd(worker, last)
    if (state === 'leaving' || this.#stopping || !this.#live) return
    // One that was to replace a worker which serves on is not missed.
    const missed = !this.serving.some((other) => other.slot === slot)
    if (state === 'starting' && !missed) return
    const delay = this.#backOffs[slot]!.afterDeath(time.monotonicMs() - worker.startedMs)
    this.#stats.died.inc()
    logger.log('error', `worker ${slot} ended: ${reason}`, { pid: process.pid, replaced_in_ms: delay })
    onDeath(worker)
    if (delay === 0) this.#replace(slot)
    else time.setTimer(delay, () => this.#replace(slot))
  }

  #replace(slot: number): void {
    if (this.#stopping) return
    const { logger } = this.#options
    this.#begin(slot).then(
      ({ process }) => logger.log('info', `worker ${slot} serves again`, { pid: process.pid }),
      (error: unknown) => {
        // Its end counts as a death, and is followed by the next try.
        const message = error instanceof Error ? error.message : String(error)
        logger.log('error', `worker ${slot} cannot start: ${message}`)
      },
    )
  }
}
