import { describeAssignment } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { Timer } from '@nuncio/core'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext } from '../../cluster-type.ts'

type Assignment = Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>

const DEFAULT_FETCH_TIMEOUT_MS = 15_000

/** Hosts as a control plane names them. */
export const edsCluster: ClusterTypeDefinition = {
  name: 'envoy.clusters.eds',
  discoveryType: 'EDS',
  stability: 'stable',
  create(_config, context) {
    const { place, info } = context
    const config = info.config.eds_cluster_config
    if (config?.eds_config === undefined)
      place.at('eds_cluster_config').error('missing-field', 'an EDS cluster needs eds_cluster_config.eds_config')
    else if (context.assignments === undefined)
      place.at('eds_cluster_config').error('unsupported', 'nothing here can fetch endpoints over EDS')
    else return new Eds(context)
    return undefined
  },
}

class Eds implements Discovery {
  readonly #context: DiscoveryContext
  #end: (() => void) | undefined = undefined
  #timer: Timer | undefined = undefined
  #stale: Timer | undefined = undefined
  #ready = false

  constructor(context: DiscoveryContext) {
    this.#context = context
  }

  start(): void {
    const { info, time, assignments } = this.#context
    const config = info.config.eds_cluster_config!
    const timeoutMs = config.eds_config?.initial_fetch_timeout ?? DEFAULT_FETCH_TIMEOUT_MS
    if (timeoutMs > 0) {
      this.#timer = time.setTimer(timeoutMs, () => {
        info.stats.scope.counter('init_fetch_timeout').inc()
        this.#becomeReady()
      })
    }
    this.#context.membership.updateAttempt.inc()
    this.#end = assignments!.subscribe(config.service_name || info.name, config, (assignment) => this.#take(assignment))
  }

  close(): void {
    this.#timer?.cancel()
    this.#stale?.cancel()
    this.#end?.()
  }

  #take(assignment: Assignment | undefined): void {
    const { place, membership } = this.#context
    if (assignment === undefined) membership.updateEmpty.inc()
    else {
      membership.updateSuccess.inc()
      this.#expire(assignment)
      const { report, sources } = place.scope
      this.#context.setMembership(
        describeAssignment(assignment, { report, sources, path: assignment.cluster_name ?? '' }),
      )
    }
    this.#becomeReady()
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
