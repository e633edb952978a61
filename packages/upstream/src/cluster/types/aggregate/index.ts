import { envoyMessage, type Message } from '@nuncio/config'
import type {
  Cluster,
  Host,
  HostSet,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerExplanation,
  PrioritySet,
} from '@nuncio/cluster'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext, WatchedCluster } from '../../cluster-type.ts'

const TYPE = 'envoy.extensions.clusters.aggregate.v3.ClusterConfig'

/** Other clusters in order: the next takes over when those before it have too few healthy hosts. */
export const aggregateCluster: ClusterTypeDefinition<Message<typeof TYPE>> = {
  name: 'envoy.clusters.aggregate',
  config: envoyMessage(TYPE, { [TYPE]: ['clusters'] }),
  stability: 'stable',
  create(config, context) {
    const names = config?.clusters ?? []
    if (names.includes(context.info.name)) {
      context.place.at('cluster_type').error('conflict', 'an aggregate cluster cannot hold itself')
      return undefined
    }
    return new Aggregate(names, context)
  },
}

/** One priority level of one of the clusters, as a level of the aggregate. */
interface Level {
  readonly cluster: WatchedCluster
  readonly set: HostSet
  /** The cluster's own policy, over this level only. */
  readonly balancer: LoadBalancer
}

/**
 * The levels of all clusters in a row. Which of them is used follows from their health as within one cluster; the host
 * then is chosen by the policy of the cluster that the level belongs to, and its traffic is that cluster's.
 */
class Aggregate implements Discovery, LoadBalancer {
  readonly #names: readonly string[]
  readonly #context: DiscoveryContext
  readonly #ends: (() => void)[] = []
  #levels: readonly Level[] = []
  #levelOf = new Map<Host, Level>()
  /** Chooses a level: round robin over all hosts, so that only the level of what it answers matters. */
  #chooser: LoadBalancer | undefined = undefined
  priorities: PrioritySet = { levels: [] }

  constructor(names: readonly string[], context: DiscoveryContext) {
    this.#names = names
    this.#context = context
  }

  get loadBalancer(): LoadBalancer {
    return this
  }

  start(): void {
    const { clusters } = this.#context
    for (const name of this.#names) this.#ends.push(clusters.watch(name, () => this.#rebuild()))
    this.#chooser = this.#context.createLevelChooser()
    this.#rebuild()
    this.#context.ready()
  }

  close(): void {
    for (const end of this.#ends) end()
    for (const level of this.#levels) level.balancer.dispose?.()
    this.#chooser?.dispose?.()
  }

  clusterOf(host: Host): Cluster | undefined {
    return this.#levelOf.get(host)?.cluster
  }

  update(): void {}

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const host = this.#chooser?.chooseHost(context)
    return host === undefined ? undefined : this.#levelOf.get(host)?.balancer.chooseHost(context)
  }

  onRequestDone(host: Host, latencyMs: number, ok: boolean): void {
    this.#levelOf.get(host)?.balancer.onRequestDone?.(host, latencyMs, ok)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const names = this.#levels.map(
      ({ cluster, set }, i) =>
        `level ${i}: ${set.healthy.length} of ${set.hosts.length} hosts of ${cluster.info.name} are healthy`,
    )
    const host = this.#chooser?.chooseHost(context)
    const level = host && this.#levelOf.get(host)
    if (level === undefined)
      return { policy: 'aggregate', steps: [...names, 'no level has a host'], candidates: [], chosen: undefined }
    const below = level.balancer.explain?.(context)
    const steps = [...names, `the level of ${level.cluster.info.name} is chosen`, ...(below?.steps ?? [])]
    return { policy: 'aggregate', steps, candidates: below?.candidates ?? [], chosen: below?.chosen }
  }

  #rebuild(): void {
    const before = this.#levels
    const levels: Level[] = []
    for (const name of this.#names) {
      const cluster = this.#context.clusters.get(name)
      for (const set of cluster?.priorities.levels ?? []) levels.push(this.#level(cluster!, set, before))
    }
    for (const level of before)
      if (!levels.some(({ balancer }) => balancer === level.balancer)) level.balancer.dispose?.()
    this.#levels = levels
    this.#levelOf = new Map(levels.flatMap((level) => level.set.hosts.map((host) => [host, level] as const)))
    this.priorities = { levels: levels.map(({ set }, priority) => ({ ...set, priority })) }
    this.#chooser?.update(this.priorities)
    this.#context.hostsMoved()
  }

  /** A level keeps its balancer, and with it its place in the round, for as long as its cluster lives. */
  #level(cluster: WatchedCluster, set: HostSet, before: readonly Level[]): Level {
    const known = before.find((level) => level.cluster === cluster && level.set.priority === set.priority)
    const balancer = known?.balancer ?? cluster.createLoadBalancer()
    balancer.update({ levels: [{ ...set, priority: 0 }] })
    return { cluster, set, balancer }
  }
}
