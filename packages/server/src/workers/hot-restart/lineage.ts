import type { StatsDump } from '@nuncio/core'
import type { BoundSocket } from '../bound-socket.ts'
import type { ListeningSockets } from '../listening-sockets.ts'
import type { MergedStats } from '../merged-stats.ts'
import type { Predecessor } from './predecessor.ts'

/** As which the predecessor's statistics are kept; workers have others. */
const PREDECESSOR = 0

/** Where this process stands in the row of those that took over from one another, and what it has from the one before. */
export class Lineage {
  /** How many processes there were before. */
  readonly epoch: number
  /** When the first of them began, ms since 1970-01-01 UTC. */
  readonly startedWallMs: number
  readonly #predecessor: Predecessor | undefined
  readonly #merged: MergedStats
  #onTrial: boolean

  /** @param nowWallMs when this process began */
  constructor(predecessor: Predecessor | undefined, merged: MergedStats, nowWallMs: number) {
    this.#predecessor = predecessor
    this.#merged = merged
    this.#onTrial = predecessor !== undefined
    this.epoch = predecessor === undefined ? 0 : predecessor.inheritance.epoch + 1
    this.startedWallMs = predecessor?.inheritance.startedWallMs ?? nowWallMs
  }

  get adminSocket(): BoundSocket | undefined {
    return this.#predecessor?.adminSocket
  }

  /** Number of the first configuration of this process; `first` when nobody was there before. */
  generation(first: number): number {
    return this.#predecessor === undefined ? first : this.#predecessor.inheritance.generation + 1
  }

  inheritSockets(sockets: ListeningSockets): void {
    for (const group of this.#predecessor?.sockets ?? []) sockets.inherit(group, group.sockets)
  }

  /** Counts on from where the predecessor is. */
  async inheritStats(): Promise<void> {
    const totals = await this.#totals()
    if (totals !== undefined) this.#merged.told(PREDECESSOR, totals)
  }

  /** While the predecessor finishes what it has it counts, too. */
  async refreshStats(): Promise<void> {
    if (!this.#counts) return
    const totals = await this.#totals()
    if (totals !== undefined && this.#counts) this.#merged.told(PREDECESSOR, totals)
  }

  /** Not when it has told its last, and not when counters were reset. */
  get #counts(): boolean {
    return this.#merged.knows(PREDECESSOR)
  }

  /** Undefined when there is no predecessor, or when it ended. */
  async #totals(): Promise<StatsDump | undefined> {
    return await this.#predecessor?.channel.ask('totals', undefined).catch(() => undefined)
  }

  /** While the predecessor would go on without this process: what was inherited is the predecessor's still. */
  get onTrial(): boolean {
    return this.#onTrial
  }

  /** This process serves: once it has for long enough the predecessor finishes what is under way, and ends. */
  async takeOver(): Promise<void> {
    if (this.#predecessor === undefined) return
    const { channel } = this.#predecessor
    // When the predecessor is gone, this process is trusted as there is no other.
    await channel.ask('serves', undefined).catch(() => {})
    this.#onTrial = false
    const last = await channel.ask('retire', undefined).catch(() => undefined)
    if (this.#counts) this.#merged.ended(PREDECESSOR, last)
  }
}
