import { envoyMessage, type Message } from '@nuncio/config'
import type { Host, HostSet, LoadBalancer, LoadReport, PrioritySet } from '@nuncio/cluster'
import type { Timer } from '@nuncio/core'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { LOCALITY_HONOURS, SLOW_START_HONOURS } from '../honours.ts'
import type { LocalityLbConfig } from '../locality/config.ts'
import { LeveledLoadBalancer, type LeveledConfig } from '../priority/leveled.ts'
import { RoundRobinPicker } from '../round-robin/index.ts'
import { createSlowStart, type SlowStart } from '../slow-start/slow-start.ts'
import { ReportedWeights } from './reported-weights.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin'
/** `wrr_locality` adds how localities are chosen; the message itself has no such field. */
type Config = Message<typeof TYPE> & { readonly locality_lb_config?: LocalityLbConfig }

const LEAST_PERIOD_MS = 100

/** Round robin by weights that hosts report of themselves (ORCA). */
class ClientSideWeightedRoundRobin extends LeveledLoadBalancer implements LoadBalancer {
  readonly #weights: ReportedWeights
  readonly #clock: LoadBalancerSetup['time']
  readonly #periodMs: number
  #priorities: PrioritySet = { levels: [] }
  #timer: Timer | undefined = undefined

  constructor(setup: LoadBalancerSetup, config: LeveledConfig, weights: ReportedWeights, periodMs: number) {
    super('client_side_weighted_round_robin', setup, config)
    this.#weights = weights
    this.#clock = setup.time
    this.#periodMs = periodMs
  }

  override update(priorities: PrioritySet): void {
    this.#priorities = priorities
    this.#weights.apply(this.#hosts(), this.#clock.monotonicMs())
    super.update(priorities)
    this.#timer ??= this.#clock.setTimer(this.#periodMs, this.#tick)
  }

  onLoadReport(host: Host, report: LoadReport): void {
    this.#weights.report(host, report, this.#clock.monotonicMs())
  }

  dispose(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #tick = (): void => {
    this.#timer = this.#clock.setTimer(this.#periodMs, this.#tick)
    if (!this.#weights.apply(this.#hosts(), this.#clock.monotonicMs())) return
    // New pictures of the same hosts make every schedule take up the new weights.
    super.update({ ...this.#priorities, levels: this.#priorities.levels.map((level) => copy(level)) })
  }

  #hosts(): readonly Host[] {
    return this.#priorities.levels.flatMap((level) => level.hosts)
  }
}

function copy(level: HostSet): HostSet {
  return { ...level }
}

class ReportedWeightPicker extends RoundRobinPicker {
  readonly #weights: ReportedWeights

  constructor(seed: number, slowStart: SlowStart | undefined, weights: ReportedWeights) {
    super(seed, slowStart)
    this.#weights = weights
  }

  protected override configuredWeight(host: Host): number {
    return this.#weights.of(host)
  }

  protected override weigh(host: Host, out: Float64Array): void {
    out[0] = this.#weights.of(host)
  }
}

export const clientSideWeightedRoundRobin: LoadBalancerDefinition<Config> = {
  name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
  config: envoyMessage(TYPE, {
    // Out-of-band reports need a stream to each host, which nothing opens: those two fields are not honoured.
    [TYPE]: {
      honoured: [
        'blackout_period',
        'weight_expiration_period',
        'weight_update_period',
        'error_utilization_penalty',
        'metric_names_for_computing_utilization',
        'slow_start_config',
      ],
      unsupported: {
        enable_oob_load_report: 'reports come with responses, not in a stream of their own',
        oob_reporting_period: 'reports come with responses, not in a stream of their own',
      },
    },
    ...SLOW_START_HONOURS,
    ...LOCALITY_HONOURS,
  }),
  stability: 'alpha',
  create(config, setup) {
    const seed = setup.random.uint32()
    const slowStart = createSlowStart(config.slow_start_config, setup.time, setup.runtime)
    const weights = new ReportedWeights({
      blackoutMs: config.blackout_period ?? 10_000,
      expirationMs: config.weight_expiration_period ?? 180_000,
      errorPenalty: config.error_utilization_penalty ?? 1,
      metricNames: config.metric_names_for_computing_utilization ?? [],
    })
    const createPicker = (): ReportedWeightPicker => new ReportedWeightPicker(seed, slowStart, weights)
    const periodMs = Math.max(LEAST_PERIOD_MS, config.weight_update_period ?? 1000)
    return new ClientSideWeightedRoundRobin(
      setup,
      { locality: config.locality_lb_config, seed, createPicker },
      weights,
      periodMs,
    )
  },
}
