/** Nothing is known of the stream any more. */
const FORGOTTEN = 0
/** Both sides had ended it. */
export const ENDED = 1
export const RESET_BY_US = 2
export const RESET_BY_PEER = 3

export type HowClosed = typeof ENDED | typeof RESET_BY_US | typeof RESET_BY_PEER

const REMEMBERED = 128

/** A short memory of streams that are over: what may still come for one depends on how it ended (RFC 9113 5.1). */
export class ClosedStreams {
  #ring: Float64Array | undefined = undefined
  #next = 0

  add(stream: number, how: HowClosed): void {
    const ring = (this.#ring ??= new Float64Array(REMEMBERED))
    ring[this.#next] = stream * 4 + how
    this.#next = (this.#next + 1) % REMEMBERED
  }

  /** Whether it has room left, so never forgot one: what it does not find then was never open. */
  get complete(): boolean {
    return (this.#ring?.[this.#next] ?? 0) === 0
  }

  /** How it ended, or `FORGOTTEN`. */
  find(stream: number): number {
    for (const entry of this.#ring ?? []) if (Math.floor(entry / 4) === stream) return entry % 4
    return FORGOTTEN
  }
}
