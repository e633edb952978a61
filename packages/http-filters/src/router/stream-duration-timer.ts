import { Deadline } from '@nuncio/core'
import type { Tries } from './tries.ts'
import type { UpstreamRequest } from './upstream-request.ts'

/** `max_stream_duration` of a cluster for one try; runs from when the try has a connection to when its response ends. */
export class StreamDurationTimer extends Deadline {
  readonly #stream: Tries
  readonly #request: UpstreamRequest

  constructor(stream: Tries, request: UpstreamRequest, durationMs: number) {
    super()
    this.#stream = stream
    this.#request = request
    stream.settings.wheel.arm(this, stream.nowMs() + durationMs)
  }

  stop(): void {
    this.#stream.settings.wheel.cancel(this)
  }

  override onDeadline(): void {
    this.#stream.onStreamTooLong(this.#request)
  }
}
