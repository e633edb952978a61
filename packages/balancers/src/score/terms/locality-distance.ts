import type { Host, LoadBalancerContext, Locality } from '@nuncio/cluster'
import { grown } from '../host-slots.ts'
import type { ScoreTerm, ScoreTermDefinition } from '../term.ts'

/** How far a host is: 0 same sub-zone, 1 same zone, 2 same region, 3 elsewhere. */
class LocalityDistance implements ScoreTerm {
  readonly #own: Locality | undefined
  #distances = new Float64Array(0)

  constructor(own: Locality | undefined) {
    this.#own = own
  }

  grow(slots: number): void {
    this.#distances = grown(this.#distances, slots, 0)
  }

  onHost(host: Host, slot: number): void {
    this.#distances[slot] = this.#own === undefined ? 0 : distance(host.locality, this.#own)
  }

  measure(_host: Host, slot: number, _context: LoadBalancerContext, out: Float64Array): void {
    out[0] = this.#distances[slot]!
  }
}

function distance(a: Locality, b: Locality): number {
  if (a.region !== b.region) return 3
  if (a.zone !== b.zone) return 2
  return a.subZone === b.subZone ? 0 : 1
}

export const localityDistance: ScoreTermDefinition = {
  name: 'locality_distance',
  description: '0 same sub-zone, 1 same zone, 2 same region, 3 elsewhere; 0 when the own place is not known',
  create: (_config, { ownLocality }) => new LocalityDistance(ownLocality),
}
