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

  /** `first`, or the host to use instead of it; numbers of the table's hosts. `seed` is the low half of the hash. */
  choose(table: HostTable, first: number, seed: number): number {
    let least = this.overload(table, first)
    if (least <= 1) return first
    const count = table.entries.hosts.length
    const order = this.#order
    for (let i = 0; i < count; i++) order[i] = i
    this.#random.seed(seed)
    let best = first
    for (let i = 0; i < count; i++) {
      const j = i + this.#below(count - i)
      const other = order[j]!
      order[j] = order[i]!
      order[i] = other
      if (other === first) continue
      const overload = this.overload(table, other)
      if (overload <= 1) return other
      if (overload < least) {
        least = overload
        best = other
      }
    }
    return best
  }

  /** Active requests of a host by the number that it may have. */
  overload(table: HostTable, index: number): number {
    const total = Math.floor(((this.#active.value + 1) * this.#factor + 99) / 100)
    const slots = Math.max(1, Math.ceil(total * table.entries.weights[index]!))
    return table.entries.hosts[index]!.stats.rqActive / slots
  }

  #below(limit: number): number {
    const width = Math.floor(0x1_0000_0000 / limit)
    for (;;) {
      const value = Math.floor(this.#random.next() / width)
      if (value < limit) return value
    }
  }
}
