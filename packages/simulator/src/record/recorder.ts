import { scoreOf, type ScoreRow } from '@nuncio/balancers'
import type { ClusterHost, ClusterStats, LoadBalancer } from '@nuncio/cluster'
import type { Counter, StreamInfo } from '@nuncio/core'
import type { SimulatedHost } from '../host/simulated-host.ts'
import { HostTrack } from './host-track.ts'
import type { Journal } from './journal.ts'
import { Latencies, quantile } from './latencies.ts'
import type { HostReport, Overflows, Series } from './report.ts'

/** Tables of scores are kept for so many hosts at most. */
const SCORED_HOSTS = 32

/** Keeps what a report is made of. */
export class Recorder {
  readonly tracks = new Map<string, HostTrack>()
  readonly latencies = new Latencies()
  readonly statuses = new Map<string, number>()
  readonly flags = new Map<string, number>()
  readonly fates = new Map<string, number>()
  requests = 0
  succeeded = 0
  failed = 0
  /** Tries of all requests that are over. */
  attempts = 0
  inFlight = 0
  /** Picks in panic, as far as steps were closed. */
  panicPicks = 0
  readonly #journal: Journal
  readonly #stats: ClusterStats
  readonly #panic: Counter
  readonly #balancer: LoadBalancer
  readonly #series = {
    requests: [] as number[],
    failed: [] as number[],
    retries: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
    active: [] as number[],
    panic: [] as number[],
  }
  readonly #scores: (readonly ScoreRow[])[] = []
  #closed = { requests: 0, failed: 0, retries: 0, panic: 0, latencies: 0 }
  #inPanic = false

  constructor(journal: Journal, stats: ClusterStats, balancer: LoadBalancer) {
    this.#journal = journal
    this.#stats = stats
    this.#panic = stats.scope.counter('lb_healthy_panic')
    this.#balancer = balancer
  }

  // ── requests ──

  began(): void {
    this.requests++
    this.inFlight++
  }

  ended(info: StreamInfo): void {
    this.inFlight--
    this.attempts += info.attempts
    if (info.status > 0 && info.status < 500) this.succeeded++
    else this.failed++
    this.latencies.add(info.endMs - info.startMs)
    count(this.statuses, String(info.status))
    count(this.fates, info.fate ?? 'none')
    if (info.flags !== 0) for (const flag of info.flagsText.split(',')) count(this.flags, flag)
  }

  // ── hosts ──

  /** Takes note of who the members are now. */
  members(hosts: ReadonlyMap<string, ClusterHost>, serverOf: (address: string) => SimulatedHost): void {
    for (const track of this.tracks.values()) track.present = false
    for (const [address, host] of hosts) {
      const known = this.tracks.get(address)
      if (known === undefined) this.tracks.set(address, new HostTrack(host, serverOf(address)))
      else known.join(host)
    }
  }

  // ── steps ──

  step(): void {
    const before = this.#closed
    const retries = this.#stats.rqRetry.value
    const panic = this.#panic.value
    const latencies = this.latencies.sorted(before.latencies)
    let attempts = 0
    for (const track of this.tracks.values()) {
      track.step()
      attempts += track.series.attempts.at(-1)!
    }
    const inPanic = panic - before.panic
    this.panicPicks += inPanic
    const series = this.#series
    series.requests.push(this.requests - before.requests)
    series.failed.push(this.failed - before.failed)
    series.retries.push(retries - before.retries)
    series.p50.push(quantile(latencies, 0.5))
    series.p99.push(quantile(latencies, 0.99))
    series.active.push(this.inFlight)
    series.panic.push(attempts === 0 ? (inPanic > 0 ? 1 : 0) : Math.min(1, inPanic / attempts))
    this.#tellPanic(inPanic > 0, attempts)
    const score = scoreOf(this.#balancer)
    if (score !== undefined && this.tracks.size <= SCORED_HOSTS) this.#scores.push(score.table())
    this.#closed = { requests: this.requests, failed: this.failed, retries, panic, latencies: this.latencies.count }
  }

  #tellPanic(now: boolean, attempts: number): void {
    if (now === this.#inPanic || (!now && attempts === 0)) return
    this.#inPanic = now
    if (now) this.#journal.say('panic', '', 'too few hosts are healthy: panic, health is not looked at')
    else this.#journal.say('panic-over', '', 'panic is over')
  }

  // ── results ──

  /** Requests that hosts were sent. */
  get picks(): number {
    let sum = 0
    for (const track of this.tracks.values()) sum += track.attempts
    return sum
  }

  get overflows(): Overflows {
    const { cxOverflow, rqPendingOverflow, rqRetryOverflow, scope } = this.#stats
    return {
      connections: cxOverflow.value,
      pending: rqPendingOverflow.value,
      requests: scope.counter('upstream_rq_active_overflow').value,
      retries: rqRetryOverflow.value,
    }
  }

  hosts(): HostReport[] {
    const total = this.picks
    return [...this.tracks].map(([address, track]) => track.report(total, this.#journal.ejections.get(address) ?? 0))
  }

  /** The steps that lie within the time of requests. */
  series(stepMs: number, steps: number): Series {
    const first = <T>(values: readonly T[]): readonly T[] => values.slice(0, steps)
    const { requests, failed, retries, p50, p99, active, panic } = this.#series
    return {
      stepMs,
      requests: first(requests),
      failed: first(failed),
      retries: first(retries),
      p50: first(p50),
      p99: first(p99),
      active: first(active),
      panic: first(panic),
      hosts: [...this.tracks.values()].map(({ series }) => ({
        attempts: first(series.attempts),
        errors: first(series.errors),
        active: first(series.active),
        queued: first(series.queued),
        state: first(series.state),
      })),
      scores: this.#scores.length === 0 ? undefined : first(this.#scores),
    }
  }
}

function count(into: Map<string, number>, key: string): void {
  into.set(key, (into.get(key) ?? 0) + 1)
}
