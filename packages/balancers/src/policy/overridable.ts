import {
  type Host,
  type HostExplanation,
  healthStatus,
  type HealthStatus,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  type LoadReport,
  type PrioritySet,
} from '@nuncio/cluster'

const USUAL: ReadonlySet<HealthStatus> = new Set(['UNKNOWN', 'HEALTHY', 'DEGRADED'])

/**
 * The outermost balancer of a cluster: gives a stream the host that a stateful session asks for, when that host is a
 * member in an allowed state, and leaves every other pick to the policy.
 */
export class OverridableLoadBalancer implements LoadBalancer {
  readonly #policy: LoadBalancer
  readonly #allowed: ReadonlySet<HealthStatus>
  #byAddress: ReadonlyMap<string, Host> = new Map()
  #priorities: PrioritySet = { levels: [] }
  /** Present when the policy wants reports, so that others are not parsed for nothing. */
  readonly onLoadReport?: (host: Host, report: LoadReport) => void

  constructor(policy: LoadBalancer, allowed: ReadonlySet<HealthStatus> = USUAL) {
    this.#policy = policy
    this.#allowed = allowed
    if (policy.onLoadReport !== undefined) this.onLoadReport = (host, report) => policy.onLoadReport?.(host, report)
  }

  /** The policy below, for what only it can do (such as `setWeights` of the score). */
  get policy(): LoadBalancer {
    return this.#policy
  }

  update(priorities: PrioritySet): void {
    this.#byAddress = priorities.byAddress ?? indexByAddress(priorities)
    this.#priorities = priorities
    this.#policy.update(priorities)
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    if (context.overrideHost !== '') {
      const host = this.#override(context.overrideHost)
      if (host !== undefined || context.overrideStrict) return host
    }
    return this.#policy.chooseHost(context)
  }

  peekHost(context: LoadBalancerContext, ahead: number): Host | undefined {
    return this.#policy.peekHost?.(context, ahead)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const told = this.#policy.explain?.(context) ?? { policy: 'unknown', steps: [], candidates: [], chosen: undefined }
    const rest = withRejections(withAllHosts(told, this.#priorities), this.#byAddress, context)
    if (context.overrideHost === '') return rest
    const host = this.#override(context.overrideHost)
    const wanted = `override host ${context.overrideHost}`
    if (host !== undefined) return { ...rest, steps: [`${wanted}: a member in an allowed state`], chosen: host.address }
    const known = this.#byAddress.get(context.overrideHost)
    const why = known === undefined ? 'not a member' : `its status ${healthStatus(known)} is not allowed`
    if (context.overrideStrict)
      return { ...rest, steps: [`${wanted}: ${why}; strict, so there is no host`], chosen: undefined }
    return { ...rest, steps: [`${wanted}: ${why}; the policy chooses`, ...rest.steps] }
  }

  onRequestDone(host: Host, latencyMs: number, ok: boolean): void {
    this.#policy.onRequestDone?.(host, latencyMs, ok)
  }

  dispose(): void {
    this.#policy.dispose?.()
  }

  #override(address: string): Host | undefined {
    const host = this.#byAddress.get(address)
    return host !== undefined && this.#allowed.has(healthStatus(host)) ? host : undefined
  }
}

/** Hosts of which the policy said nothing are those of levels that were not chosen. */
function withAllHosts(told: LoadBalancerExplanation, priorities: PrioritySet): LoadBalancerExplanation {
  const known = new Set(told.candidates.map(({ host }) => host))
  const others = priorities.levels.flatMap((level) =>
    level.hosts.filter(({ address }) => !known.has(address)).map((host) => excluded(host, `priority ${host.priority}`)),
  )
  return others.length === 0 ? told : { ...told, candidates: [...told.candidates, ...others] }
}

/** Takes out what retry host predicates reject, as far as picks are repeated for them. */
function withRejections(
  told: LoadBalancerExplanation,
  byAddress: ReadonlyMap<string, Host>,
  context: LoadBalancerContext,
): LoadBalancerExplanation {
  if (context.hostSelectionRetries === 0) return told
  const rejected = (address: string | undefined): boolean => {
    const host = address === undefined ? undefined : byAddress.get(address)
    return host !== undefined && context.rejects(host)
  }
  const candidates = told.candidates.map((candidate) =>
    candidate.excluded === undefined && rejected(candidate.host)
      ? { ...candidate, excluded: 'a retry host predicate rejects it' }
      : candidate,
  )
  if (!rejected(told.chosen)) return { ...told, candidates }
  const repeats = `${told.chosen}: rejected by a retry host predicate; up to ${context.hostSelectionRetries} more picks`
  return { ...told, candidates, steps: [...told.steps, repeats], chosen: undefined }
}

function excluded(host: Host, reason: string): HostExplanation {
  return { host: host.address, excluded: reason, score: undefined, terms: undefined }
}

/** Every host of a priority set by its address. */
export function indexByAddress(priorities: PrioritySet): ReadonlyMap<string, Host> {
  return new Map(priorities.levels.flatMap((level) => level.hosts.map((host) => [host.address, host] as const)))
}
