import { Deadline } from '@nuncio/core'
import type { Tries } from './tries.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const NEVER = Number.POSITIVE_INFINITY

/** The per-try timeout and per-try idle timeout of one try; runs from when the request was sent. */
export class PerTryTimer extends Deadline {
  readonly #stream: Tries
  readonly #request: UpstreamRequest
  readonly #idleMs: number
  #tryAt: number
  #idleAt: number
  #stopped = false

  constructor(stream: Tries, request: UpstreamRequest, perTryMs: number, idleMs: number) {
    super()
    const now = stream.nowMs()
    this.#stream = stream
    this.#request = request
    this.#idleMs = idleMs
    this.#tryAt = perTryMs > 0 ? now + perTryMs : NEVER
    this.#idleAt = idleMs > 0 ? now + idleMs : NEVER
    this.#arm()
  }

  #arm(): void {
    const at = Math.min(this.#tryAt, this.#idleAt)
    if (!this.#stopped && at !== NEVER) this.#stream.settings.wheel.arm(this, at)
  }

  /** The response began: only idleness counts from now on. */
  answered(): void {
    this.#tryAt = NEVER
    this.touch()
  }

  /** Something came from the upstream. */
  touch(): void {
    if (this.#idleAt !== NEVER) this.#idleAt = this.#stream.nowMs() + this.#idleMs
  }

  stop(): void {
    this.#stopped = true
    this.#stream.settings.wheel.cancel(this)
  }

  override onDeadline(now: number): void {
    if (now >= this.#tryAt) {
      this.#tryAt = NEVER
      this.#stream.onPerTryTimeout(this.#request, false)
    } else if (now >= this.#idleAt) {
      this.#idleAt = NEVER
      this.#stream.onPerTryTimeout(this.#request, true)
    }
    this.#arm()
  }
}
