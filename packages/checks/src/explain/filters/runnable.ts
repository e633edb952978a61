import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import {
  apiKeyAuth,
  basicAuth,
  buffer,
  cdnLoop,
  cors,
  csrf,
  fault,
  grpcStats,
  grpcWeb,
  headerMutation,
  headerToMetadata,
  ipTagging,
  rbac,
  setFilterState,
  setMetadata,
} from '@nuncio/http-filters'

/** Filters that decide by the head of a request and by what the file says. */
const RUNNABLE: ReadonlyMap<string, HttpFilterDefinition> = new Map(
  [
    apiKeyAuth, basicAuth, buffer, cdnLoop, cors, csrf, fault, grpcStats, grpcWeb, headerMutation, headerToMetadata, ipTagging, rbac, setFilterState, setMetadata,
  ].map((definition) => [definition.config.type, definition as unknown as HttpFilterDefinition]),
) // prettier-ignore

const FILTERS = 'envoy.extensions.filters.http.'
const TRAFFIC = 'what it does depends on the traffic before'
const SERVICE = 'a service decides'
const MATCHER = 'a matcher decides what runs'
const BODIES = 'it works on bodies'

/** Why the other filters that we know are not run, by the part of their type that is their own. */
const REASONS: Readonly<Record<string, string>> = {
  adaptive_concurrency: TRAFFIC,
  admission_control: TRAFFIC,
  bandwidth_limit: BODIES,
  composite: MATCHER,
  compressor: BODIES,
  custom_response: 'it works on responses',
  decompressor: BODIES,
  dynamic_forward_proxy: 'it asks DNS',
  'envoy.extensions.common.matching.v3.ExtensionWithMatcher': MATCHER,
  ext_authz: SERVICE,
  ext_proc: SERVICE,
  health_check: 'what it does depends on the health of the proxy and its clusters',
  jwt_authn: 'it checks signatures, by keys that may have to be fetched',
  local_ratelimit: TRAFFIC,
  ratelimit: SERVICE,
  stateful_session: 'it chooses a host, and hosts are not looked at',
}

/** The definition of a filter that explanations run, or why they do not. People's own come first. */
export function runnable(
  type: string | undefined,
  own: readonly HttpFilterDefinition[] = [],
): HttpFilterDefinition | string {
  if (type === undefined) return 'its configuration is not in the file'
  const found = own.find((definition) => definition.config.type === type)
  if (found !== undefined) return found
  const folder = type.startsWith(FILTERS) ? type.slice(FILTERS.length).split('.')[0]! : type
  return RUNNABLE.get(type) ?? REASONS[folder] ?? 'it is not known here'
}
