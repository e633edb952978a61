import type { Host } from '@nuncio/cluster'
import { type AnyMessage, isMessage } from '@nuncio/config'

/** Says whether a host should not be used for a retry. */
export interface HostPredicate {
  rejects(host: Host, tried: readonly Host[]): boolean
}

const previousHosts: HostPredicate = { rejects: (host, tried) => tried.includes(host) }
const omitCanaryHosts: HostPredicate = { rejects: (host) => host.canary }

function omitHostMetadata(wanted: Readonly<Record<string, Readonly<Record<string, unknown>>>>): HostPredicate {
  const pairs = Object.entries(wanted['envoy.lb'] ?? {}).map(([key, value]) => [key, JSON.stringify(value)] as const)
  return {
    rejects: (host) =>
      pairs.length > 0 && pairs.every(([key, value]) => JSON.stringify(host.metadata['envoy.lb']?.[key]) === value),
  }
}

/** Compiles `retry_host_predicate`; unknown ones were refused when the configuration was checked. */
export function compileHostPredicates(configs: readonly AnyMessage[]): readonly HostPredicate[] {
  return configs.flatMap((config) => {
    if (isMessage(config, 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'))
      return [previousHosts]
    if (isMessage(config, 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate'))
      return [omitCanaryHosts]
    if (isMessage(config, 'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig')) {
      return [omitHostMetadata(config.metadata_match?.filter_metadata ?? {})]
    }
    return []
  })
}
