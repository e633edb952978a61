import type { AnyMessage, Message } from '@nuncio/config'
import {
  type ClusterInfo,
  type DecidedCluster,
  type LoadBalancer,
  type Locality,
  type PrioritySet,
  reportAt,
  type Reporting,
} from '@nuncio/cluster'
import { emptyRuntime, type RandomGenerator, type Runtime, type TimeSource } from '@nuncio/core'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import type { CompileHashPolicy } from '../hashing/hash-source.ts'
import { builtinLoadBalancers } from '../registry.ts'
import { legacyPolicy, reportLegacyBesidePolicy } from './legacy-policy.ts'
import { ScoreLoadBalancer } from '../score/score-load-balancer.ts'
import type { ScoreTermDefinition } from '../score/term.ts'
import { OverridableLoadBalancer } from './overridable.ts'

type Policy = Message<'envoy.config.cluster.v3.LoadBalancingPolicy'>

/** What the world gives to the balancers of one server. */
export interface LoadBalancerOptions extends Reporting {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime?: Runtime
  /** Policies that may be named; default: all that come with this package. */
  readonly registry?: readonly LoadBalancerDefinition[]
  /** Hosts of the cluster that this proxy belongs to (`local_cluster_name`). */
  readonly localPriorities?: () => PrioritySet | undefined
  /** The balancer that a cluster type brings along. */
  readonly clusterProvided?: () => LoadBalancer
  /** Score terms of one's own. */
  readonly scoreTerms?: readonly ScoreTermDefinition[]
  /** Where this proxy runs: `node.locality` of the bootstrap. */
  readonly ownLocality?: Locality | undefined
  /** Compiles hash policies that stand inside a load balancing policy. */
  readonly compileHashPolicy?: CompileHashPolicy
}

/**
 * Makes the balancer that a cluster's configuration asks for, by `load_balancing_policy` or by the older `lb_policy`.
 * It covers the whole of a pick: override host, priorities, panic, localities, the policy, and the repeats that
 * `context.rejects` asks for. Call `update` before the first pick, and again whenever the cluster's hosts (or the
 * local cluster's) have moved.
 *
 * A policy that cannot be made is reported; round robin stands in for it.
 */
export function createLoadBalancer(info: ClusterInfo, options: LoadBalancerOptions): LoadBalancer {
  const { config } = info
  const { clusterProvided } = options
  let asked = false
  const registry = options.registry ?? builtinLoadBalancers
  const setup: LoadBalancerSetup = {
    cluster: info,
    stats: info.stats.scope,
    time: options.time,
    random: options.random,
    runtime: options.runtime ?? emptyRuntime,
    panicThreshold: config.common_lb_config?.healthy_panic_threshold?.value ?? 50,
    localPriorities: options.localPriorities,
    clusterProvided:
      clusterProvided &&
      (() => {
        asked = true
        return clusterProvided()
      }),
    compileHashPolicy: options.compileHashPolicy,
    scoreTerms: options.scoreTerms,
    ownLocality: options.ownLocality,
    report: options.report,
    sources: options.sources,
    path: options.path ?? '',
    child: (policy, again) => create(policy, again === true ? quiet : setup, registry),
  }
  const quiet: LoadBalancerSetup = { ...setup, report: () => {} }
  if (config.load_balancing_policy !== undefined) reportLegacyBesidePolicy(config, options)
  const policy = config.load_balancing_policy ?? legacyPolicy(config, options)
  const made = create(policy, setup, registry) ?? setup.child(ROUND_ROBIN)!
  if (clusterProvided !== undefined && !asked) reportUnasked(config, options)
  return new OverridableLoadBalancer(made, (info as Partial<DecidedCluster>).overrideHostStatus)
}

function reportUnasked(config: ClusterInfo['config'], to: Reporting): void {
  const message = 'the type of this cluster brings a balancer of its own'
  reportAt(to, config, 'lb_policy', { code: 'conflict', message, hint: 'write lb_policy: CLUSTER_PROVIDED' })
}

/** The score policy of a balancer from `createLoadBalancer`; undefined when its policy is another. */
export function scoreOf(balancer: LoadBalancer): ScoreLoadBalancer | undefined {
  const policy = balancer instanceof OverridableLoadBalancer ? balancer.policy : balancer
  return policy instanceof ScoreLoadBalancer ? policy : undefined
}

const ROUND_ROBIN: Policy = {
  policies: [
    {
      typed_extension_config: {
        name: 'envoy.load_balancing_policies.round_robin',
        typed_config: { '@type': 'envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin' },
      },
    },
  ],
}

/** The first policy of the list that is known and can be made. */
function create(
  policy: Policy | undefined,
  setup: LoadBalancerSetup,
  registry: readonly LoadBalancerDefinition[],
): LoadBalancer | undefined {
  const tried: string[] = []
  for (const { typed_extension_config: extension } of policy?.policies ?? []) {
    const config: AnyMessage | undefined = extension?.typed_config
    if (config === undefined) continue
    const definition = registry.find((item) => item.config.type === config['@type'])
    const made = definition?.create(config, setup)
    if (made !== undefined) return made
    tried.push(config['@type'])
  }
  const message =
    tried.length === 0 ? 'no load balancing policy is named' : `none of these policies can be used: ${tried.join(', ')}`
  reportAt(setup, setup.cluster.config, 'load_balancing_policy', { code: 'unknown-policy', message })
  return undefined
}
