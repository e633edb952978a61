import { deepEqual, describeAssignment } from '@nuncio/cluster'
import type { Message, Problem } from '@nuncio/config'
import type { Timer } from '@nuncio/core'
import { type DiscoveredResources, hasErrors, oneResource, type ResourceSubscriber } from '@nuncio/xds'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext } from '../../cluster-type.ts'

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment'
type Assignment = Message<typeof ASSIGNMENT>

const DEFAULT_FETCH_TIMEOUT_MS = 15_000

/** Hosts that come over xDS. */
export const edsCluster: ClusterTypeDefinition = {
  name: 'envoy.cluster.eds',
  discoveryType: 'EDS',
  stability: 'stable',
  create(_config, context) {
    const { place, info, resources } = context
    const config = info.config.eds_cluster_config
    const at = place.at('eds_cluster_config', config)
    if (config?.eds_config === undefined) {
      at.error('missing-field', 'an EDS cluster needs eds_cluster_config.eds_config')
      return undefined
    }
    const obstacle =
      resources === undefined ? 'nothing here can fetch endpoints' : resources.obstacle(config.eds_config)
    if (obstacle === '') return new Eds(context)
    at.at('eds_config', config.eds_config).error('unsupported', obstacle)
    return undefined
  },
}

class Eds implements Discovery, ResourceSubscriber<typeof ASSIGNMENT> {
  readonly #context: DiscoveryContext
  readonly #service: string
  #end: (() => void) | undefined = undefined
  #timer: Timer | undefined = undefined
  #stale: Timer | undefined = undefined
  #ready = false
  /** What the hosts are by; undefined where there are none, or no more. */
  #taken: Assignment | undefined = undefined

  constructor(context: DiscoveryContext) {
    this.#context = context
    const { config, name } = context.info
    this.#service = config.eds_cluster_config?.service_name || name
  }

  start(): void {
    const { info, time, resources } = this.#context
    const source = info.config.eds_cluster_config!.eds_config!
    const timeoutMs = source.initial_fetch_timeout ?? DEFAULT_FETCH_TIMEOUT_MS
    if (timeoutMs > 0) {
      this.#timer = time.setTimer(timeoutMs, () => {
        info.stats.scope.counter('init_fetch_timeout').inc()
        this.#becomeReady()
      })
    }
    this.#end = resources!.subscribe({ type: ASSIGNMENT, config: source, stats: info.stats.scope }, this)
  }

  close(): void {
    this.#timer?.cancel()
    this.#stale?.cancel()
    this.#end?.()
  }

  /** As in Envoy: one assignment, of this service; none leaves what there is. */
  onResources(response: DiscoveredResources<typeof ASSIGNMENT>): readonly Problem[] {
    const { resource, problems, empty } = oneResource(response, this.#service, (assignment) => assignment.cluster_name)
    if (empty) this.#context.membership.updateEmpty.inc()
    if (resource !== undefined) this.#take(resource.message, resource.path, response, problems)
    this.#becomeReady()
    return problems
  }

  onFailure(): void {
    this.#becomeReady()
  }

  #take(
    assignment: Assignment,
    path: string,
    response: DiscoveredResources<typeof ASSIGNMENT>,
    problems: Problem[],
  ): void {
    const report = (problem: Problem): void => void problems.push(problem)
    const members = describeAssignment(assignment, { report, sources: response.sources, path })
    if (hasErrors(problems)) return
    this.#expire(assignment)
    const same = this.#taken !== undefined && deepEqual(this.#taken, assignment)
    this.#taken = assignment
    if (same) this.#context.membership.updateNoRebuild.inc()
    else this.#context.setMembership(members)
  }

  /** An assignment that may get old: without another one in time there are no hosts. */
  #expire(assignment: Assignment): void {
    const { time, membership } = this.#context
    this.#stale?.cancel()
    this.#stale = undefined
    const afterMs = assignment.policy?.endpoint_stale_after ?? 0
    if (afterMs <= 0) return
    membership.assignmentTimeout.inc()
    this.#stale = time.setTimer(afterMs, () => {
      this.#stale = undefined
      membership.assignmentStale.inc()
      this.#taken = undefined
      this.#context.setMembership({ levels: [] })
    })
  }

  #becomeReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.#timer?.cancel()
    this.#context.ready()
  }
}
