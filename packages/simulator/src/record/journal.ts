import type { ClusterHost, OutlierEvent } from '@nuncio/cluster'
import type { TimeSource } from '@nuncio/core'

/** Something worth a line; `atMs` counts from the first request. */
export interface SimulationEvent {
  readonly atMs: number
  readonly kind:
    | 'incident'
    | 'incident-over'
    | 'ejected'
    | 'returned'
    | 'unhealthy'
    | 'healthy'
    | 'panic'
    | 'panic-over'
    | 'moved'
  /** An address; '' when it is about no single host. */
  readonly host: string
  readonly text: string
}

/** Lines that are kept; what comes later is only counted. */
const MOST = 2000

/** What happened, in order. */
export class Journal {
  readonly events: SimulationEvent[] = []
  /** Events that were too many to keep. */
  dropped = 0
  readonly ejections = new Map<string, number>()
  #originMs = 0
  readonly #time: TimeSource

  constructor(time: TimeSource) {
    this.#time = time
  }

  /** Times count from now, and what was before is forgotten. */
  begin(): void {
    this.#originMs = this.#time.monotonicMs()
    this.events.length = 0
    this.ejections.clear()
  }

  say(kind: SimulationEvent['kind'], host: string, text: string): void {
    if (this.events.length >= MOST) this.dropped++
    else this.events.push({ atMs: this.#time.monotonicMs() - this.#originMs, kind, host, text })
  }

  health(host: ClusterHost, healthy: boolean): void {
    if (healthy) this.say('healthy', host.address, `${host.address} passes its health checks again`)
    else this.say('unhealthy', host.address, `${host.address} fails its health checks`)
  }

  outlier(event: OutlierEvent): void {
    const host = event.upstream_url ?? ''
    if (event.action === 'UNEJECT') return this.say('returned', host, `${host} is back from its ejection`)
    const enforced = event.enforced === true
    if (enforced) this.ejections.set(host, (this.ejections.get(host) ?? 0) + 1)
    const why = (event.type ?? 'CONSECUTIVE_5XX').toLowerCase().replaceAll('_', ' ')
    if (enforced) this.say('ejected', host, `${host} is ejected: ${why}`)
  }
}
