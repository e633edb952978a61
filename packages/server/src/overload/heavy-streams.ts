import type { Counter, OverloadState, WeighedStream } from '@nuncio/core'
import type { Effect } from './reaction.ts'

/** Classes of size, each twice the one below, as Envoy has them. */
const CLASSES = 8
/** Streams that are reset at one measurement at most. */
const MOST = 50
/** Streams below 1 MiB are not looked at unless `minimum_account_to_track_power_of_two` says otherwise. */
const DEFAULT_POWER = 20

/**
 * Which streams to reset at a state above 0: of those that hold at least 2^`power` bytes the heaviest classes, one more
 * for each eighth of the state, heaviest first.
 */
export function heaviest<S extends { readonly bufferedBytes: number }>(
  streams: readonly S[],
  state: number,
  power: number = DEFAULT_POWER,
): S[] {
  const classes = Math.min(CLASSES, Math.floor(state * CLASSES) + 1)
  const least = 2 ** (power + CLASSES - classes)
  return streams
    .filter((stream) => stream.bufferedBytes >= least)
    .toSorted((a, b) => b.bufferedBytes - a.bufferedBytes)
    .slice(0, MOST)
}

/** `reset_high_memory_stream`: weighs all streams when it is needed, so that it costs nothing while it is not. */
export class ResetHeavyStreams implements Effect {
  readonly #state: OverloadState
  readonly #power: number | undefined
  readonly #count: Counter

  constructor(state: OverloadState, power: number | undefined, count: Counter) {
    this.#state = state
    this.#power = power
    this.#count = count
  }

  onRefresh(state: number): void {
    const streams: WeighedStream[] = []
    for (const subject of this.#state.subjects) subject.forEachStream((stream) => void streams.push(stream))
    for (const stream of heaviest(streams, state, this.#power)) {
      stream.resetByOverload()
      this.#count.inc()
    }
  }
}
