import type { Counter, StatsStore, Timer, TimeSource } from '@nuncio/core'
import type { Supervisor, Worker } from './supervisor.ts'
import { look, toKill, type WatchdogInfo } from './watchdog.ts'

export interface GuardOptions {
  readonly supervisor: Supervisor
  readonly info: WatchdogInfo
  readonly time: TimeSource
  readonly stats: StatsStore
}

/** Asks all workers all the time whether they are there, and gives up those that do not answer. */
export class Guard {
  readonly #options: GuardOptions
  readonly #intervalMs: number
  readonly #asked = new WeakSet<Worker>()
  readonly #miss: Counter
  readonly #megaMiss: Counter
  #lookedAt: number
  #timer: Timer | undefined = undefined

  constructor(options: GuardOptions) {
    this.#options = options
    const { info, stats, time } = options
    this.#intervalMs = Math.max(10, Math.min(info.missMs, info.megaMissMs) / 2)
    this.#miss = stats.counter('workers.watchdog_miss')
    this.#megaMiss = stats.counter('workers.watchdog_mega_miss')
    this.#lookedAt = time.monotonicMs()
  }

  start(): void {
    this.#lookedAt = this.#options.time.monotonicMs()
    this.#timer = this.#options.time.setTimer(this.#intervalMs, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const { supervisor, info, time, stats } = this.#options
    const now = time.monotonicMs()
    const watched = supervisor.workers.filter(({ state }) => state !== 'starting')
    // When this process itself came late, answers wait unread: nobody is to blame.
    const late = now - this.#lookedAt > 2 * this.#intervalMs
    for (const worker of watched) {
      if (late) worker.watched.answered(now)
      for (const finding of look(worker.watched, info, now)) {
        const mega = finding === 'mega-miss'
        ;(mega ? this.#megaMiss : this.#miss).inc()
        stats.counter(`server.worker_${worker.slot}.watchdog_${mega ? 'mega_miss' : 'miss'}`).inc()
      }
      void this.#ask(worker)
    }
    for (const worker of toKill(watched, info, now)) supervisor.giveUp(worker)
  }

  async #ask(worker: Worker): Promise<void> {
    if (this.#asked.has(worker)) return
    this.#asked.add(worker)
    try {
      await worker.process.channel.ask('ping', undefined)
      worker.watched.answered(this.#options.time.monotonicMs())
      this.#asked.delete(worker)
    } catch {
      // It has ended, which others see.
    }
  }
}
