import type { Message, MessageSchema } from '@nuncio/config'
import type {
  ClusterInfo,
  Host,
  LoadBalancer,
  LoadBalancerContext,
  Locality,
  PrioritySet,
  Reporting,
} from '@nuncio/cluster'
import type { RandomGenerator, Runtime, StatsScope, TimeSource } from '@nuncio/core'
import type { CompileHashPolicy } from './hashing/hash-source.ts'
import type { Story } from './explain/story.ts'
import type { ScoreTermDefinition } from './score/term.ts'

/** What a registry holds of a load balancing policy. */
export interface LoadBalancerDefinition<C = unknown> {
  /** `envoy.load_balancing_policies.round_robin` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /**
   * Once for each cluster (and subset). What is wrong with the configuration is reported, and answered with a default;
   * undefined: the policy cannot be used here at all.
   */
  create(config: C, setup: LoadBalancerSetup): LoadBalancer | undefined
}

/** What a policy is given when it is made. */
export interface LoadBalancerSetup extends Reporting {
  readonly cluster: ClusterInfo
  /** `cluster.<name>.` */
  readonly stats: StatsScope
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  /** Percent, before the runtime has its say. */
  readonly panicThreshold: number
  /** The hosts of the cluster that this proxy belongs to, for zone-aware routing. */
  readonly localPriorities: (() => PrioritySet | undefined) | undefined
  /** What a cluster type brings for `CLUSTER_PROVIDED`. */
  readonly clusterProvided: (() => LoadBalancer) | undefined
  /** Score terms beside those that come with nuncio; they win over those of the same name. */
  readonly scoreTerms: readonly ScoreTermDefinition[] | undefined
  /** Where this proxy runs; undefined = unknown. */
  readonly ownLocality: Locality | undefined
  /** Compiles `hash_policy` inside a policy; the router's compiler. */
  readonly compileHashPolicy: CompileHashPolicy | undefined
  /**
   * Makes the first policy of a list that is known; undefined (and reported) when none is. `again`: what is wrong was
   * reported before.
   */
  child(
    policy: Message<'envoy.config.cluster.v3.LoadBalancingPolicy'> | undefined,
    again?: boolean,
  ): LoadBalancer | undefined
}

/**
 * Chooses among one list of hosts: the healthy ones of a level, of one locality, or all in panic. A policy makes one
 * for each such list; what it keeps (an index, a schedule) stays when the list is replaced.
 */
export interface HostPicker {
  /** Control side: another list, or the same hosts with other weights. */
  update(hosts: readonly Host[]): void
  /** Data side: never allocates. Undefined when the list is empty. */
  pick(context: LoadBalancerContext, attempt: number): Host | undefined
  /** The host that it would choose after `ahead` further picks; absent or undefined: that cannot be said. */
  peek?(ahead: number): Host | undefined
  /** Tells how it would choose, without a pick that counts; names the host when that is certain. */
  explain(context: LoadBalancerContext, story: Story): void
}
