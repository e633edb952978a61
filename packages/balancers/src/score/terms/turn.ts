import type { Host } from '@nuncio/cluster'
import { EdfScheduler } from '../../edf/edf-scheduler.ts'
import type { ScoreListTerm, ScoreTermDefinition } from '../term.ts'

/**
 * Round robin as a term: how many picks it is until a host's turn comes, by its weight. Alone and with the best pick
 * it is the round robin policy; with others it is what makes hosts of equal load take turns.
 */
class Turn implements ScoreListTerm {
  readonly #seed: number
  readonly #scheduler = new EdfScheduler()
  #deadlines = new Float64Array(0)
  #orders = new Float64Array(0)
  #order = 0
  /** Picks so far, from the seed on: where equal hosts go on when their list is replaced. */
  #picks: number
  #now = 0
  /** Weights of all, so that a value counts picks. */
  #total = 1

  constructor(seed: number) {
    this.#seed = seed
    this.#picks = seed
  }

  update(hosts: readonly Host[]): void {
    const count = hosts.length
    this.#total = hosts.reduce((sum, host) => sum + host.weight, 0)
    this.#now = 0
    if (hosts.every((host) => host.weight === hosts[0]!.weight)) {
      this.#deadlines = Float64Array.from(hosts, (host, i) => (((i - (this.#picks % count) + count) % count) + 1) / (count * host.weight))
      this.#orders = this.#deadlines.slice()
    } else {
      this.#scheduler.reset(count, (i) => hosts[i]!.weight, this.#seed)
      this.#deadlines = Float64Array.from(hosts, (_, i) => this.#scheduler.deadlineOf(i))
      this.#orders = Float64Array.from(hosts, (_, i) => this.#scheduler.orderOf(i))
      this.#now = this.#scheduler.now
    }
    this.#order = this.#orders.reduce((a, b) => Math.max(a, b), 0) + 1
  }

  value(_host: Host, place: number): number {
    return (this.#deadlines[place]! - this.#now) * this.#total
  }

  compare(a: number, b: number): number {
    return this.#deadlines[a]! - this.#deadlines[b]! || this.#orders[a]! - this.#orders[b]!
  }

  onPicked(host: Host, place: number): void {
    this.#picks = (this.#picks + 1) >>> 0
    // A host that was passed over for long does not get all its turns at once.
    this.#now = Math.max(this.#now, this.#deadlines[place]!)
    this.#deadlines[place] = this.#now + 1 / host.weight
    this.#orders[place] = this.#order++
  }
}

export const turn: ScoreTermDefinition = {
  name: 'turn',
  description: 'picks until the turn of the host comes, by its weight (weighted round robin)',
  createForList: (_config, { seed }) => new Turn(seed),
}
