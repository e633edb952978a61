import {
  type ClusterHost,
  decideHealthCheck,
  HealthChecker,
  type Host,
  OutlierDetector,
  OutlierInfo,
  type Outcome,
  readMonitors,
} from '@nuncio/cluster'
import { SimulatedProbe } from '../connection/simulated-probe.ts'
import type { SimulatedHost } from '../host/simulated-host.ts'
import type { World } from './world.ts'

/** Active health checks and outlier detection of a simulated cluster. */
export class HealthWatch {
  readonly #world: World
  readonly #onMoved: (host: ClusterHost) => void
  readonly #checkers: readonly HealthChecker[]
  readonly #detector: OutlierDetector | undefined

  constructor(world: World, hostOf: (host: Host) => SimulatedHost, onMoved: (host: ClusterHost) => void) {
    this.#world = world
    this.#onMoved = onMoved
    this.#checkers = this.#createCheckers(hostOf)
    for (const checker of this.#checkers) checker.siblings = this.#checkers
    this.#detector = this.#createDetector()
  }

  /** Whether every host had its first result. */
  get warm(): boolean {
    return this.#checkers.every((checker) => checker.firstRoundDone)
  }

  add(hosts: readonly ClusterHost[]): void {
    this.#detector?.add(hosts)
    for (const checker of this.#checkers) checker.add(hosts)
  }

  remove(hosts: readonly ClusterHost[]): void {
    this.#detector?.remove(hosts)
    for (const checker of this.#checkers) checker.remove(hosts)
  }

  report(host: Host, outcome: Outcome): void {
    this.#detector?.report(host, outcome)
  }

  #createCheckers(hostOf: (host: Host) => SimulatedHost): HealthChecker[] {
    const { info, time, health, runtime, network, report, journal } = this.#world
    return (info.config.health_checks ?? []).map((config) => {
      const decided = decideHealthCheck(config, { report })
      return new HealthChecker(decided, {
        clusterName: info.name,
        probe: new SimulatedProbe(network, decided.type, hostOf),
        time,
        random: health,
        runtime,
        stats: info.stats.scope,
        // What is simulated is a cluster in service, not one that waits for its first request.
        hadTraffic: () => true,
        onChecked: (host, transition, ok) => {
          if (ok) this.#detector?.onCheckPassed(host)
          if (transition !== 'changed') return
          if (ok !== (host.health === 'unhealthy')) journal.health(host, host.health !== 'unhealthy')
          this.#onMoved(host)
        },
      })
    })
  }

  #createDetector(): OutlierDetector | undefined {
    const { info, time, health, runtime, report, journal } = this.#world
    const config = info.config.outlier_detection
    if (config === undefined) return undefined
    return new OutlierDetector(new OutlierInfo(config, runtime, { report }), {
      clusterName: info.name,
      monitors: readMonitors(config, { report }),
      time,
      random: health,
      stats: info.stats.scope,
      onChanged: (host) => this.#onMoved(host),
      onEvent: (event) => journal.outlier(event),
    })
  }
}
