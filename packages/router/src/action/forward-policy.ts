import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type {
  ForwardRoute,
  HashPolicy,
  InternalRedirectPolicy,
  MirrorPolicy,
  RetryPolicy,
  UpgradeRule,
} from '../contracts.ts'
import { corsLevels } from '../cors/cors-policy.ts'
import { compileHashPolicy } from '../hash/hash-policy.ts'
import { compileInternalRedirect } from '../internal-redirect/policy.ts'
import { compileMirrorPolicies } from '../mirror/mirror-policy.ts'
import type { RouteTableOptions } from '../options.ts'
import { compileRateLimits } from '../rate-limit/rate-limit.ts'
import { compileRetryPolicy } from '../retry/retry-policy.ts'
import { compileHostRewrite, type HostRewrite } from './host-rewrite.ts'
import { compileUpgrades } from './upgrades.ts'

type RouteConfig = Message<'envoy.config.route.v3.Route'>
type ActionConfig = Message<'envoy.config.route.v3.RouteAction'>

/** Envoy's route timeout when none is given. */
export const DEFAULT_TIMEOUT_MS = 15_000

const NOT_FOUND_STATUS = { SERVICE_UNAVAILABLE: 503, NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 } as const

/** What routes of a virtual host take from it when they say nothing. */
export interface InheritedPolicy {
  readonly retryPolicy: RetryPolicy | undefined
  readonly hedgeOnPerTryTimeout: boolean
  readonly mirrorPolicies: readonly MirrorPolicy[]
  readonly requestBodyLimit: number | undefined
  readonly cors: ForwardRoute['cors']
}

/** Everything that a route action decides besides the cluster and the path. Routes that say nothing share one. */
export class ForwardPolicy {
  readonly clusterNotFoundStatus: number
  readonly priority: 0 | 1
  readonly timeoutMs: number
  readonly idleTimeoutMs: number | undefined
  readonly flushTimeoutMs: number | undefined
  readonly maxStreamDurationMs: number | undefined
  readonly usesMaxStreamDuration: boolean
  readonly grpcTimeout: ForwardRoute['grpcTimeout']
  readonly retryPolicy: RetryPolicy | undefined
  readonly hedgeOnPerTryTimeout: boolean
  readonly hashPolicy: HashPolicy | undefined
  readonly mirrorPolicies: readonly MirrorPolicy[]
  readonly internalRedirect: InternalRedirectPolicy | undefined
  readonly autoHostRewrite: boolean
  readonly appendXForwardedHost: boolean
  readonly hostRewrite: HostRewrite | undefined
  readonly requestBodyLimit: number | undefined
  readonly upgrades: ReadonlyMap<string, UpgradeRule>
  readonly rateLimits: ForwardRoute['rateLimits']
  readonly includeVirtualHostRateLimits: boolean
  readonly cors: ForwardRoute['cors']

  constructor(
    route: RouteConfig,
    action: ActionConfig,
    inherited: InheritedPolicy,
    place: ConfigPlace,
    options: RouteTableOptions,
  ) {
    const duration = action.max_stream_duration
    this.clusterNotFoundStatus = NOT_FOUND_STATUS[action.cluster_not_found_response_code ?? 'SERVICE_UNAVAILABLE']
    this.priority = action.priority === 'HIGH' ? 1 : 0
    this.timeoutMs = duration === undefined ? (action.timeout ?? DEFAULT_TIMEOUT_MS) : 0
    this.idleTimeoutMs = action.idle_timeout
    this.flushTimeoutMs = action.flush_timeout
    this.maxStreamDurationMs = duration?.max_stream_duration
    this.usesMaxStreamDuration = duration !== undefined
    this.grpcTimeout = grpcTimeout(action)
    this.retryPolicy =
      action.retry_policy === undefined
        ? inherited.retryPolicy
        : compileRetryPolicy(action.retry_policy, place.at('retry_policy', action.retry_policy))
    this.hedgeOnPerTryTimeout =
      action.hedge_policy === undefined
        ? inherited.hedgeOnPerTryTimeout
        : action.hedge_policy.hedge_on_per_try_timeout === true
    this.hashPolicy = compileHashPolicy(action.hash_policy, place)
    this.mirrorPolicies = compileMirrorPolicies(
      action.request_mirror_policies,
      place,
      options,
      inherited.mirrorPolicies,
    )
    this.internalRedirect = compileInternalRedirect(action, place)
    this.autoHostRewrite = action.auto_host_rewrite === true
    this.appendXForwardedHost = action.append_x_forwarded_host === true
    this.hostRewrite = compileHostRewrite(action, place, options)
    this.requestBodyLimit =
      route.request_body_buffer_limit ?? route.per_request_buffer_limit_bytes ?? inherited.requestBodyLimit
    this.upgrades = compileUpgrades(action.upgrade_configs, place)
    this.rateLimits = compileRateLimits(action.rate_limits, 'route', place, options)
    this.includeVirtualHostRateLimits = action.include_vh_rate_limits === true
    this.cors = corsLevels(action.cors, place, inherited.cors)
  }
}

function grpcTimeout(action: ActionConfig): ForwardRoute['grpcTimeout'] {
  const duration = action.max_stream_duration
  if (duration !== undefined) {
    const { grpc_timeout_header_max: maxMs, grpc_timeout_header_offset: offsetMs = 0 } = duration
    return maxMs === undefined ? undefined : { maxMs, offsetMs }
  }
  return action.max_grpc_timeout === undefined
    ? undefined
    : { maxMs: action.max_grpc_timeout, offsetMs: action.grpc_timeout_offset ?? 0 }
}

// Fields of a route action that a policy does not read.
const ELSEWHERE = new Set([
  'cluster',
  'cluster_header',
  'weighted_clusters',
  'prefix_rewrite',
  'regex_rewrite',
  'path_rewrite',
  'path_rewrite_policy',
  'metadata_match',
])

/** Whether a route says nothing that a policy would hold, so that it can share one. */
export function usesDefaultPolicy(route: RouteConfig, action: ActionConfig): boolean {
  if (route.per_request_buffer_limit_bytes !== undefined || route.request_body_buffer_limit !== undefined) return false
  for (const field of Object.keys(action)) {
    if (!ELSEWHERE.has(field) && action[field as keyof ActionConfig] !== undefined) return false
  }
  return true
}
