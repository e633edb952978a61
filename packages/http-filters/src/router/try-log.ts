import { Deadline } from '@nuncio/core'
import type { TryStory } from './try-story.ts'
import { type UpstreamLog, writeTry } from './upstream-log.ts'

/** The lines of one try in `upstream_log`: at its end, and where that is wanted at its beginning and in between. */
export class TryLog extends Deadline {
  readonly #log: UpstreamLog
  readonly #story: TryStory

  constructor(log: UpstreamLog, story: TryStory) {
    super()
    this.#log = log
    this.#story = story
    this.#arm()
  }

  #arm(): void {
    const { intervalMs, wheel, time } = this.#log
    if (intervalMs > 0) wheel.arm(this, time.monotonicMs() + intervalMs)
  }

  override onDeadline(): void {
    writeTry(this.#log, this.#story, 'UpstreamPeriodic')
    this.#arm()
  }

  ready(): void {
    if (this.#log.onReady) writeTry(this.#log, this.#story, 'UpstreamPoolReady')
  }

  finish(): void {
    this.#log.wheel.cancel(this)
    writeTry(this.#log, this.#story, 'UpstreamEnd')
  }
}
