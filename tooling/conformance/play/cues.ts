import { eventually } from '../client/waiting.ts'
import type { Cue } from '../model/document.ts'

/** How long a cue may take; one that never comes is a difference of its own, and never a matter of speed. */
const PATIENCE_MS = 10_000
const EVERY_MS = 2

/** What has happened since a case began, for those who wait for it: origins, clients and steps. */
export class Cues {
  /** Statistics of the proxy, once there is one. */
  stats: () => Promise<ReadonlyMap<string, number>> = () => Promise.resolve(new Map())
  readonly #requests = new Map<string, number>()
  readonly #arrived = new Map<string, string>()
  readonly #released = new Set<string>()
  #answers = 0
  #case = 0

  /** Begins a case: nothing has happened, and nobody waits for what belonged to another. */
  reset(): void {
    this.#case++
    this.#requests.clear()
    this.#arrived.clear()
    this.#released.clear()
    this.#answers = 0
  }

  /** How many requests have reached an origin, or all of them. */
  requests(origin?: string): number {
    if (origin !== undefined) return this.#requests.get(origin) ?? 0
    return [...this.#requests.values()].reduce((sum, each) => sum + each, 0)
  }

  reached(origin: string): void {
    this.#requests.set(origin, this.requests(origin) + 1)
  }

  arrived(origin: string, text: string): void {
    this.#arrived.set(origin, (this.#arrived.get(origin) ?? '') + text)
  }

  answered(): void {
    this.#answers++
  }

  release(name: string): void {
    this.#released.add(name)
  }

  /** True once it has happened; false when the case ended before, or when it never does. */
  async when(cue: Cue): Promise<boolean> {
    const began = this.#case
    const come = await eventually(PATIENCE_MS, async () => began !== this.#case || (await this.#has(cue)), EVERY_MS)
    return come && began === this.#case
  }

  async #has(cue: Cue): Promise<boolean> {
    if ('requests' in cue) return this.requests(cue.at) >= cue.requests
    if ('answers' in cue) return this.#answers >= cue.answers
    if ('arrived' in cue) return [...this.#arrived.values()].some((text) => text.includes(cue.arrived))
    if ('released' in cue) return this.#released.has(cue.released)
    return (await this.stats()).get(cue.stat) === cue.is
  }
}
