import type { Host, HostStats } from '@nuncio/cluster'
import { type StatsScope, statName } from '@nuncio/core'

/** What is shown of each endpoint, by its name in Envoy. */
const COUNTERS: Readonly<Record<string, keyof HostStats>> = {
  cx_connect_fail: 'cxConnectFail',
  cx_total: 'cxTotal',
  rq_error: 'rqError',
  rq_success: 'rqSuccess',
  rq_timeout: 'rqTimeout',
  rq_total: 'rqTotal',
}
const GAUGES: Readonly<Record<string, keyof HostStats>> = {
  cx_active: 'cxActive',
  rq_active: 'rqActive',
  rq_pending_active: 'rqPending',
}

/** `cluster.<name>.endpoint.<address>.*`, for clusters that want it (`per_endpoint_stats`): made when it is asked for. */
export class EndpointStats {
  readonly #scope: StatsScope
  #shown: ReadonlySet<string> = new Set()

  /** `scope` is the cluster's. */
  constructor(scope: StatsScope) {
    this.#scope = scope
  }

  /** Brings the statistics up to date with the hosts as they are; those of hosts that left are gone. */
  show(hosts: Iterable<Host>): void {
    const shown = new Set<string>()
    for (const host of hosts) {
      const prefix = `endpoint.${statName(host.address)}.`
      shown.add(prefix)
      this.#show(this.#scope.scope(prefix), host)
    }
    for (const prefix of this.#shown) if (!shown.has(prefix)) this.#forget(this.#scope.prefix + prefix)
    this.#shown = shown
  }

  #show(scope: StatsScope, { stats, health }: Host): void {
    for (const [name, field] of Object.entries(COUNTERS)) {
      const counter = scope.counter(name)
      counter.add(stats[field] - counter.value)
    }
    for (const [name, field] of Object.entries(GAUGES)) scope.gauge(name).set(stats[field])
    scope.gauge('healthy').set(health === 'unhealthy' ? 0 : 1)
  }

  #forget(prefix: string): void {
    const { counters, gauges } = this.#scope.store
    for (const name of Object.keys(COUNTERS)) counters.delete(prefix + name)
    for (const name of [...Object.keys(GAUGES), 'healthy']) gauges.delete(prefix + name)
  }
}
