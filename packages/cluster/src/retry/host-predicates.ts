import { type AnyMessage, isMessage } from '@nuncio/config'
import type { Host } from '../contracts/host.ts'
import { reportAt, type Reporting } from '../decide/problems.ts'
import { deepEqual } from '../host/cluster-host.ts'

/** A retry host predicate: whether a host should not be used for this try. Asking allocates nothing. */
export interface HostPredicate {
  rejects(host: Host, tried: readonly Host[]): boolean
}

const RETRY = 'envoy.extensions.retry.host'

/** The predicate that a route's `retry_host_predicate` names; one that is not known is reported. */
export function createHostPredicate(config: AnyMessage | undefined, to: Reporting): HostPredicate | undefined {
  if (isMessage(config, `${RETRY}.previous_hosts.v3.PreviousHostsPredicate`))
    return { rejects: (host, tried) => tried.includes(host) }
  if (isMessage(config, `${RETRY}.omit_canary_hosts.v3.OmitCanaryHostsPredicate`))
    return { rejects: (host) => host.canary }
  if (isMessage(config, `${RETRY}.omit_host_metadata.v3.OmitHostMetadataConfig`)) {
    const labels = Object.entries(config.metadata_match?.filter_metadata?.['envoy.lb'] ?? {})
    return { rejects: (host) => labels.length > 0 && hasLabels(host, labels) }
  }
  const message = `no retry host predicate of type ${config?.['@type'] ?? 'none'} is known`
  reportAt(to, config ?? {}, '', { code: 'unsupported', message })
  return undefined
}

/** A list in the host's metadata has a label when one of its items is it. */
function hasLabels(host: Host, labels: readonly (readonly [string, unknown])[]): boolean {
  const metadata = host.metadata['envoy.lb']
  if (metadata === undefined) return false
  for (const [key, wanted] of labels) {
    const value = metadata[key]
    const found = Array.isArray(value) ? value.some((item) => deepEqual(item, wanted)) : deepEqual(value, wanted)
    if (!found) return false
  }
  return true
}
