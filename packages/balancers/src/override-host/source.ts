import type { Message } from '@nuncio/config'
import type { LoadBalancerContext } from '@nuncio/cluster'

/** Where a request may name hosts: `ip:port[,ip:port…]`. */
export interface OverrideSource {
  /** For explanations. */
  readonly name: string
  /** The list as written; undefined when the request has none. */
  read(context: LoadBalancerContext): string | undefined
}

/** A source as configured; undefined when it is neither a header nor a metadata key, or both. */
export function createSource(
  config: Message<'envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost.OverrideHostSource'>,
): OverrideSource | undefined {
  const header = config.header ?? ''
  const key = config.metadata?.key ?? ''
  if ((header === '') === (config.metadata === undefined)) return undefined
  if (header !== '') {
    const name = header.toLowerCase()
    return { name: `header ${name}`, read: (context) => context.headers?.get(name) }
  }
  const path = (config.metadata?.path ?? []).map((segment) => segment.key ?? '')
  return {
    name: `metadata ${[key, ...path].join('.')}`,
    read(context) {
      let value: unknown = context.info?.metadata?.get(key)
      for (const part of path)
        value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined
      return typeof value === 'string' ? value : undefined
    },
  }
}
