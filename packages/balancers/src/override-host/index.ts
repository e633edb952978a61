import { envoyMessage, type Message } from '@nuncio/config'
import {
  type Host,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  type LoadReport,
  type PrioritySet,
  reportAt,
} from '@nuncio/cluster'
import type { LoadBalancerDefinition, LoadBalancerSetup } from '../contracts.ts'
import { indexByAddress } from '../policy/overridable.ts'
import { createSource, type OverrideSource } from './source.ts'

const TYPE = 'envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost'
const SOURCE = `${TYPE}.OverrideHostSource` as const

/** Goes to the hosts that a request names (a header or dynamic metadata), one a try; else by the fallback policy. */
class OverrideHostLoadBalancer implements LoadBalancer {
  readonly #sources: readonly OverrideSource[]
  readonly #fallback: LoadBalancer
  readonly onLoadReport?: (host: Host, report: LoadReport) => void
  #byAddress: ReadonlyMap<string, Host> = new Map()

  constructor(sources: readonly OverrideSource[], fallback: LoadBalancer) {
    this.#sources = sources
    this.#fallback = fallback
    if (fallback.onLoadReport !== undefined) this.onLoadReport = (host, report) => fallback.onLoadReport?.(host, report)
  }

  update(priorities: PrioritySet): void {
    this.#byAddress = priorities.byAddress ?? indexByAddress(priorities)
    this.#fallback.update(priorities)
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    return this.#named(context) ?? this.#fallback.chooseHost(context)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const rest = this.#fallback.explain?.(context) ?? { policy: '', steps: [], candidates: [], chosen: undefined }
    const lists = this.#sources.map((source) => `${source.name}: ${source.read(context) ?? 'absent'}`)
    const host = this.#named(context)
    const policy = 'override_host'
    if (host === undefined)
      return { ...rest, policy, steps: [...lists, 'no named host is left; the fallback policy chooses', ...rest.steps] }
    return {
      ...rest,
      policy,
      steps: [...lists, `try ${context.attempt + 1} goes to the named host`],
      chosen: host.address,
    }
  }

  onRequestDone(host: Host, latencyMs: number, ok: boolean): void {
    this.#fallback.onRequestDone?.(host, latencyMs, ok)
  }

  dispose(): void {
    this.#fallback.dispose?.()
  }

  /** The n-th named host that is a member, n = the number of tries before. */
  #named(context: LoadBalancerContext): Host | undefined {
    let left = context.attempt
    for (const source of this.#sources) {
      const list = source.read(context)
      if (list === undefined) continue
      for (let from = 0; from <= list.length;) {
        const comma = list.indexOf(',', from)
        const end = comma < 0 ? list.length : comma
        const host = this.#byAddress.get(list.slice(from, end).trim())
        if (host !== undefined && left-- === 0) return host
        from = end + 1
      }
    }
    return undefined
  }
}

export const overrideHost: LoadBalancerDefinition<Message<typeof TYPE>> = {
  name: 'envoy.load_balancing_policies.override_host',
  config: envoyMessage(TYPE, {
    [TYPE]: ['override_host_sources', 'fallback_policy'],
    [SOURCE]: '*',
    'envoy.type.metadata.v3.MetadataKey': '*',
    'envoy.type.metadata.v3.MetadataKey.PathSegment': '*',
  }),
  stability: 'alpha',
  create(config, setup) {
    const fallback = setup.child(config.fallback_policy)
    return fallback && new OverrideHostLoadBalancer(createSources(config, setup), fallback)
  },
}

function createSources(config: Message<typeof TYPE>, setup: LoadBalancerSetup): OverrideSource[] {
  const sources = config.override_host_sources ?? []
  if (sources.length === 0) {
    reportAt(setup, config, 'override_host_sources', {
      code: 'missing-field',
      message: 'at least one source is needed',
    })
  }
  return sources.flatMap((source, i) => {
    const created = createSource(source)
    if (created !== undefined) return [created]
    const message = 'a source is either a header or a metadata key'
    reportAt(setup, source, `override_host_sources[${i}]`, { code: 'bad-value', message })
    return []
  })
}
