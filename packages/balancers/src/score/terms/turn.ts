import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { EdfScheduler } from '../../edf/edf-scheduler.ts'
import type { ScoreListTerm, ScoreTermDefinition } from '../term.ts'

/**
 * Round robin as a term: how many picks it is until a host's turn comes, by its weight. Alone and with the best pick
 * it is the round robin policy; with others it is what makes hosts of equal load take turns.
 */
class Turn implements ScoreListTerm {
  readonly #seed: number
  readonly #scheduler = new EdfScheduler()
  #equal = true
  /** When each host is due: in picks when weights are equal, else in the scheduler's time. */
  #deadlines = new Float64Array(0)
  #orders = new Float64Array(0)
  #order = 0
  #now = 0
  /** Weights of all: what makes picks of the scheduler's time. */
  #total = 1
  /** Picks among equal hosts, from the seed on: where they go on when their list is replaced. */
  #picks: number

  constructor(seed: number) {
    this.#seed = seed
    this.#picks = seed
  }

  update(hosts: readonly Host[]): void {
    const count = hosts.length
    this.#equal = hosts.every((host) => host.weight === hosts[0]!.weight)
    if (this.#equal) {
      const first = count === 0 ? 0 : this.#picks % count
      this.#now = 0
      this.#deadlines = Float64Array.from(hosts, (_, i) => ((i - first + count) % count) + 1)
      this.#orders = this.#deadlines.slice()
    } else {
      this.#scheduler.reset(count, (i) => hosts[i]!.weight, this.#seed)
      this.#total = hosts.reduce((sum, host) => sum + host.weight, 0)
      this.#now = this.#scheduler.now
      this.#deadlines = Float64Array.from(hosts, (_, i) => this.#scheduler.deadlineOf(i))
      this.#orders = Float64Array.from(hosts, (_, i) => this.#scheduler.orderOf(i))
    }
    this.#order = this.#orders.reduce((a, b) => Math.max(a, b), 0) + 1
  }

  measure(_host: Host, place: number, _context: LoadBalancerContext, out: Float64Array): void {
    const left = this.#deadlines[place]! - this.#now
    out[0] = this.#equal ? left : left * this.#total
  }

  isBefore(a: number, b: number): boolean {
    const first = this.#deadlines[a]!
    const second = this.#deadlines[b]!
    return first < second || (first === second && this.#orders[a]! < this.#orders[b]!)
  }

  onPicked(host: Host, place: number): void {
    if (this.#equal) this.#picks++
    // A host that was passed over for long does not get all its turns at once.
    this.#now = Math.max(this.#now, this.#deadlines[place]!)
    this.#deadlines[place] = this.#now + (this.#equal ? this.#deadlines.length : 1 / host.weight)
    this.#orders[place] = this.#order++
  }
}

export const turn: ScoreTermDefinition = {
  name: 'turn',
  description: 'picks until the turn of the host comes, by its weight (weighted round robin)',
  createForList: (_config, { seed }) => new Turn(seed),
}
