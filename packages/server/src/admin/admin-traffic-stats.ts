import type { AdminTraffic } from '@nuncio/admin'
import type { StatsScope } from '@nuncio/core'
import { ListenerStats } from '@nuncio/listener'
import { HcmStats } from '@nuncio/network-filters'

/** `http.admin.*` and `listener.admin.*`: the admin address has the statistics of any listener. */
export class AdminTrafficStats implements AdminTraffic {
  readonly #listener: ListenerStats
  readonly #http: HcmStats

  constructor(stats: StatsScope) {
    this.#listener = new ListenerStats(stats.scope('listener.admin.'), 'main_thread')
    this.#http = new HcmStats(stats.scope('http.admin.'), stats.scope('listener.admin.http.admin.'))
  }

  connectionBegins(): void {
    this.#listener.connectionBegins()
    this.#http.cxTotal.inc()
    this.#http.cxActive.inc()
    this.#http.cxHttp1Total.inc()
    this.#http.cxHttp1Active.inc()
  }

  connectionEnds(lengthMs: number, received: number, sent: number): void {
    this.#listener.connectionEnds(Math.round(lengthMs))
    this.#http.cxActive.dec()
    this.#http.cxHttp1Active.dec()
    this.#http.cxDestroy.inc()
    this.#http.cxLengthMs.record(Math.round(lengthMs))
    this.#http.wire.received.add(received)
    this.#http.wire.sent.add(sent)
  }

  requestBegins(): void {
    this.#http.rqTotal.inc()
    this.#http.rqHttp1Total.inc()
    this.#http.rqActive.inc()
  }

  requestEnds(status: number, durationMs: number): void {
    this.#http.rqActive.dec()
    if (status === 0) return
    this.#http.countStatus(status)
    this.#http.rqTime.record(Math.round(durationMs))
  }
}
