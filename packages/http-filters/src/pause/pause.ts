import { Deadline, type TimerWheel } from '@nuncio/core'

/** A wait on the wheel that can be given up: a promise for a hook to return. */
export class Pause extends Deadline {
  readonly #wheel: TimerWheel
  #resolve: (() => void) | undefined = undefined

  constructor(wheel: TimerWheel) {
    super()
    this.#wheel = wheel
  }

  /** Settles at `atMs` (monotonic) or a tick later; never, when it is cancelled before. One wait at a time. */
  until(atMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#wheel.arm(this, atMs)
    })
  }

  cancel(): void {
    this.#resolve = undefined
    this.#wheel.cancel(this)
  }

  override onDeadline(): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.()
  }
}
