import type { Message, Problem } from '@nuncio/config'
import {
  type ClusterHost,
  type HostSet,
  type LoadBalancer,
  type LoadBalancerContext,
  PlainContext,
  type PrioritySet,
} from '@nuncio/cluster'
import { prioritiesOf, testCluster } from '@nuncio/cluster/testing'
import { type RandomGenerator, type StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { createLoadBalancer, type LoadBalancerOptions } from '../policy/create-load-balancer.ts'

export interface BalancerOptions extends Partial<Omit<LoadBalancerOptions, 'report'>> {
  readonly config?: Message<'envoy.config.cluster.v3.Cluster'>
}

/** A balancer on its own: no server, no sockets, time and chance by hand. */
export interface TestBalancer {
  readonly balancer: LoadBalancer
  readonly time: FakeTime
  readonly problems: readonly Problem[]
  readonly stats: StatsStore
  /** New hosts: each level as hosts or as a picture. */
  readonly update: (...levels: readonly (readonly ClusterHost[] | HostSet)[]) => void
  readonly updateTo: (priorities: PrioritySet) => void
  /** So many picks as ports, -1 for none. */
  readonly ports: (count: number, context?: LoadBalancerContext) => number[]
}

/** Draws that are always 0: schedules start at their beginning. */
export const zeroRandom: RandomGenerator = { uint32: () => 0 }

/** Makes the balancer that a cluster's fields ask for. Chance is always 0 unless given. */
export function balancerFor(options: BalancerOptions = {}): TestBalancer {
  const problems: Problem[] = []
  const time = (options.time as FakeTime | undefined) ?? new FakeTime()
  const info = testCluster(options.config, problems)
  const balancer = createLoadBalancer(info, {
    random: zeroRandom,
    ...options,
    time,
    report: (problem) => problems.push(problem),
  })
  return {
    balancer,
    time,
    problems,
    stats: info.stats.scope.store,
    update: (...levels) => balancer.update(prioritiesOf(...levels)),
    updateTo: (priorities) => balancer.update(priorities),
    ports: (count, context) => chosenPorts(balancer, count, context),
  }
}

/** So many picks as ports, -1 for none. */
export function chosenPorts(
  balancer: LoadBalancer,
  count: number,
  context: LoadBalancerContext = new PlainContext(),
): number[] {
  return Array.from({ length: count }, () => balancer.chooseHost(context)?.port ?? -1)
}

/** A context with this 64-bit hash. */
export function hashContext(hash: bigint): PlainContext {
  const context = new PlainContext()
  context.hasHash = true
  context.hashHigh = Number(hash >> 32n)
  context.hashLow = Number(hash & 0xffffffffn)
  return context
}

/** A cluster that names one typed policy. */
export function typedPolicy(name: string, fields: object = {}): Message<'envoy.config.cluster.v3.Cluster'> {
  const type = `envoy.extensions.load_balancing_policies.${name}`
  return {
    load_balancing_policy: {
      policies: [{ typed_extension_config: { name, typed_config: { '@type': type, ...fields } } }],
    },
  }
}
