import type { Gauge } from '@nuncio/core'
import type { HostTable } from './host-table.ts'
import { Mt19937 } from './mt19937.ts'

/**
 * Consistent hashing with bounded loads: a host that has more than its share of the active requests (times a factor)
 * is passed over, and the others are tried in an order that the hash determines. One for each balancer; its scratch
 * memory grows with the hosts. Looking allocates nothing once it has grown (`prepare`).
 */
export class BoundedLoad {
  readonly #factor: number
  readonly #active: Gauge
  readonly #random = new Mt19937()
  #order = new Uint32Array(0)

  /** `factor` in percent of the even share, 100 or more; `active` counts the cluster's active requests. */
  constructor(factor: number, active: Gauge) {
    this.#factor = factor
    this.#active = active
  }

  prepare(hosts: number): void {
    if (this.#order.length < hosts) this.#order = new Uint32Array(hosts)
  }

  /** `first`, or the host to use instead of it; numbers of the table's hosts. */
  choose(table: HostTable, first: number, hash: Uint32Array): number {
    if (this.#room(table, first) >= 0) return first
    const { hosts } = table.entries
    const count = hosts.length
    const order = this.#order
    for (let i = 0; i < count; i++) order[i] = i
    this.#random.seed(hash, 1)
    let best = first
    for (let i = 0; i < count; i++) {
      const j = i + this.#below(count - i)
      const other = order[j]!
      order[j] = order[i]!
      order[i] = other
      if (other === first) continue
      if (this.#room(table, other) >= 0) return other
      if (this.#isLessLoaded(table, other, best)) best = other
    }
    return best
  }

  /** How many requests a host may have. */
  #slots(table: HostTable, index: number): number {
    const total = Math.floor(((this.#active.value + 1) * this.#factor + 99) / 100)
    return Math.max(1, Math.ceil(total * table.entries.weights[index]!)) | 0
  }

  /** How many more requests a host may have; below 0 when it has too many. */
  #room(table: HostTable, index: number): number {
    return (this.#slots(table, index) - table.entries.hosts[index]!.stats.rqActive) | 0
  }

  /** Whether host `a` has less of what it may have than host `b`. */
  #isLessLoaded(table: HostTable, a: number, b: number): boolean {
    const { hosts } = table.entries
    return hosts[a]!.stats.rqActive * this.#slots(table, b) < hosts[b]!.stats.rqActive * this.#slots(table, a)
  }

  #below(limit: number): number {
    const width = Math.floor(0x1_0000_0000 / limit)
    for (;;) {
      const value = Math.floor((this.#random.next() >>> 0) / width)
      if (value < limit) return value
    }
  }
}
