import { decideCluster, HostRegistry, HTTP_OPTIONS, type Membership, type PrioritySet } from '@nuncio/cluster'
import { isMessage, type Problem } from '@nuncio/config'
import { emptyRuntime, StatsStore, TimerWheel } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import { compileClusterPolicies, compileHashPolicy } from '@nuncio/router'
import { memberAddress, membersOf, withoutHosts } from './cluster/members.ts'
import { SimulatedCluster } from './cluster/simulated-cluster.ts'
import type { World } from './cluster/world.ts'
import { hashMovement } from './hash/movement.ts'
import { DEFAULT_SERVICE } from './host/service-model.ts'
import { SimulatedHost } from './host/simulated-host.ts'
import { Incidents } from './incident/incidents.ts'
import { chance } from './plan/chance.ts'
import { checkPlan } from './plan/check-plan.ts'
import { refusal } from './plan/refusal.ts'
import { compileRoute, hashPoliciesOf, ownHashPolicies } from './plan/compile-route.ts'
import { LIMITS, type SimulationPlan } from './plan/plan.ts'
import { routeName } from './plan/routes-to.ts'
import { policyName } from './plan/policy-name.ts'
import { Journal } from './record/journal.ts'
import { Recorder } from './record/recorder.ts'
import type { SimulationReport } from './record/report.ts'
import { createChain } from './traffic/chain.ts'
import { RequestMaker } from './traffic/request-maker.ts'
import { Traffic } from './traffic/traffic.ts'
import { VirtualTime } from './time/virtual-time.ts'

/** Steps of the series; shorter simulations have shorter steps. */
const STEPS = 240
const SHORTEST_STEP_MS = 50
/** First health checks are waited for so long before requests come. */
const WARM_UP_MS = 60_000
/** Requests that have no answer so long after the last one are given up. */
const PATIENCE_MS = 60_000

/**
 * One simulated run of a cluster: real balancer, pools, limits, health checks, outlier detection and router filter, over
 * hosts and a network on virtual time. Run it in one go (`simulate`), or in pieces with `advance` to show how far it is
 * or to stop it.
 */
export class Simulation {
  readonly #plan: SimulationPlan
  readonly #time = new VirtualTime()
  readonly #world: World
  readonly #journal: Journal
  readonly #problems: Problem[] = []
  readonly #cluster: SimulatedCluster
  readonly #recorder: Recorder
  readonly #traffic: Traffic
  readonly #membership: Membership
  readonly #servers = new Map<string, SimulatedHost>()
  readonly #stepMs: number
  readonly #steps: number
  readonly #originMs: number
  #stepsDone = 0

  /** Throws `ERR_NUNCIO_SIMULATION` for a plan that cannot be run. */
  constructor(plan: SimulationPlan) {
    checkPlan(plan)
    this.#plan = plan
    this.#stepMs = Math.max(SHORTEST_STEP_MS, (plan.seconds * 1000) / STEPS)
    this.#steps = Math.ceil((plan.seconds * 1000) / this.#stepMs - 1e-9)
    this.#journal = new Journal(this.#time)
    this.#world = this.#createWorld()
    this.#membership = this.#members()
    this.#cluster = new SimulatedCluster(this.#world, (host) => this.#serverOf(host.address))
    this.#recorder = new Recorder(this.#journal, this.#world.info.stats, this.#cluster.loadBalancer)
    this.#traffic = this.#createTraffic()
    this.#refuseErrors()
    this.#setMembers(new Set())
    this.#warmUp()
    this.#originMs = this.#time.monotonicMs()
    this.#journal.begin()
    this.#planIncidents()
    this.#traffic.start(this.#originMs + plan.seconds * 1000)
  }

  /** Virtual ms since the first request could come. */
  get nowMs(): number {
    return this.#time.monotonicMs() - this.#originMs
  }
  /** When requests end, ms; waiting for answers may take longer. */
  get durationMs(): number {
    return this.#plan.seconds * 1000
  }
  /** Whether nothing is left to happen. */
  get done(): boolean {
    const { nowMs } = this
    if (this.#stepsDone < this.#steps || nowMs < this.#stepsDone * this.#stepMs) return false
    return this.#recorder.inFlight === 0 || nowMs >= this.durationMs + PATIENCE_MS
  }

  /** Lets virtual time pass, at most `ms` of it; answers whether that was all. */
  advance(ms: number): boolean {
    const until = this.nowMs + ms
    while (!this.done && this.nowMs < until) {
      const stepEnd = (this.#stepsDone + 1) * this.#stepMs
      const to = Math.min(until, stepEnd)
      this.#time.advanceTo(this.#originMs + to)
      if (to < stepEnd) continue
      this.#stepsDone++
      this.#recorder.step()
    }
    return this.done
  }

  report(): SimulationReport {
    const recorder = this.#recorder
    const { info } = this.#world
    const { attempts, picks } = recorder
    const plan = this.#plan
    return {
      cluster: info.name,
      policy: policyName(plan.cluster),
      route: plan.route === undefined ? '' : routeName(plan.route),
      seed: plan.seed,
      seconds: plan.seconds,
      rps: plan.rps,
      requests: recorder.requests,
      succeeded: recorder.succeeded,
      failed: recorder.failed,
      unfinished: recorder.inFlight,
      attempts,
      retries: info.stats.rqRetry.value,
      amplification: recorder.requests === 0 ? 0 : attempts / recorder.requests,
      statuses: sortedRecord(recorder.statuses),
      flags: sortedRecord(recorder.flags),
      fates: sortedRecord(recorder.fates),
      latency: recorder.latencies.summary(),
      ejections: [...this.#journal.ejections.values()].reduce((sum, n) => sum + n, 0),
      panicShare: picks === 0 ? 0 : Math.min(1, recorder.panicPicks / picks),
      overflows: recorder.overflows,
      hosts: recorder.hosts(),
      series: recorder.series(this.#stepMs, this.#steps),
      events: this.#journal.events,
      eventsDropped: this.#journal.dropped,
    }
  }

  #createWorld(): World {
    const { cluster, seed, runtime = emptyRuntime, roundTripMs = 0.5, ownLocality, localCluster } = this.#plan
    const report = (problem: Problem): void => void this.#problems.push(problem)
    const time = this.#time
    const place = configPlace(undefined, { report, path: '' })
    const http = cluster.typed_extension_protocol_options?.[HTTP_OPTIONS]
    const requestPolicies = isMessage(http, HTTP_OPTIONS) ? compileClusterPolicies(http, place) : undefined
    const info = decideCluster(cluster, { stats: new StatsStore(), runtime, report, requestPolicies })
    return {
      info,
      time,
      wheel: new TimerWheel(time),
      network: { time, roundTripMs },
      runtime,
      balancing: chance(seed, 1),
      health: chance(seed, 2),
      lifetimes: chance(seed, 5),
      ownLocality,
      localPriorities: localCluster === undefined ? undefined : prioritiesOf(localCluster, report),
      compileHashPolicy: (policies) => compileHashPolicy(policies, place) ?? { hash: () => {} },
      journal: this.#journal,
      report,
    }
  }

  #members(): Membership {
    const membership = membersOf(this.#plan.cluster, this.#world)
    const { service = DEFAULT_SERVICE, services, seed } = this.#plan
    for (const host of membership.levels.flat().flatMap((group) => group.hosts)) {
      const address = memberAddress(host)
      if (this.#servers.has(address)) continue
      const model = services?.get(address) ?? services?.get(host.hostname ?? '') ?? service
      this.#servers.set(address, new SimulatedHost(address, model, this.#time, chance(seed, 16 + this.#servers.size)))
    }
    const hosts = this.#servers.size
    if (hosts === 0) throw refusal(`cluster "${this.#world.info.name}" has no endpoints in the configuration`)
    if (hosts > LIMITS.hosts) throw refusal(`${hosts} hosts are more than ${LIMITS.hosts}`)
    return membership
  }

  /** What stands in for a part that cannot be made would be simulated as if it were meant. */
  #refuseErrors(): void {
    const error = this.#problems.find(({ severity }) => severity === 'error')
    if (error !== undefined) throw refusal(`cluster "${this.#world.info.name}" cannot be simulated: ${error.message}`)
  }

  #createTraffic(): Traffic {
    const { rps, seed, arrivals = 'poisson', keys = 1000, route } = this.#plan
    const { time, wheel, info, runtime } = this.#world
    const setting = {
      chain: createChain(this.#world, this.#cluster, chance(seed, 4)),
      route: compileRoute(info.name, route, runtime),
      time,
      wheel,
      recorder: this.#recorder,
    }
    const maker = new RequestMaker([...hashPoliciesOf(route), ...ownHashPolicies(this.#plan.cluster)])
    return new Traffic({ rps, arrivals, keys, random: chance(seed, 3), time, maker, setting })
  }

  #planIncidents(): void {
    const incidents = new Incidents({
      time: this.#time,
      journal: this.#journal,
      membership: this.#membership,
      serverOf: (address) => this.#serverOf(address),
      setAbsent: (absent) => this.#setMembers(absent),
      setSurge: (factor) => (this.#traffic.surge = factor),
    })
    incidents.plan(this.#plan.incidents ?? [])
  }

  #setMembers(absent: ReadonlySet<string>): void {
    const before = this.#cluster.priorities
    this.#cluster.setMembership(withoutHosts(this.#membership, absent))
    this.#recorder.members(this.#cluster.hosts, (address) => this.#serverOf(address))
    if (before.levels.length > 0) this.#tellMovement(before)
  }

  #tellMovement(before: PrioritySet): void {
    const moved = hashMovement(this.#plan.cluster, before, this.#cluster.priorities)
    if (moved === undefined) return
    this.#journal.say('moved', '', `${(moved * 100).toFixed(1)}% of the hash keys have another host`)
  }

  #warmUp(): void {
    const { time } = this.#world
    while (!this.#cluster.warm && time.monotonicMs() < WARM_UP_MS) this.#time.advanceTo(time.monotonicMs() + 100)
  }

  #serverOf(address: string): SimulatedHost {
    return this.#servers.get(address)!
  }
}

/** Runs a plan to its end. Throws `ERR_NUNCIO_SIMULATION` for one that cannot be run. */
export function simulate(plan: SimulationPlan): SimulationReport {
  const simulation = new Simulation(plan)
  while (!simulation.advance(simulation.durationMs + PATIENCE_MS));
  return simulation.report()
}

/** The hosts of the cluster that the proxy itself belongs to: all healthy, and always the same. */
function prioritiesOf(cluster: SimulationPlan['cluster'], report: (problem: Problem) => void): PrioritySet {
  return new HostRegistry({ time: new VirtualTime() }).update(membersOf(cluster, { report })).priorities
}

function sortedRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
