export * from './contracts.ts'
export { errorStatusOf } from './headers/error-status.ts'
export { portTakenOff } from './admission/clean-host.ts'
export { type AdmissionOptions, type AdmissionRefusal, RequestAdmission } from './admission/request-admission.ts'
export { askedUpgrade, mayUpgrade, refusesUpgrade, upgradesOf } from './admission/upgrade.ts'
export { DEFAULT_TIMEOUT_MS } from './action/forward-policy.ts'
export { redirectUrl } from './action/location.ts'
export { portStart, rewriteAuthority } from './headers/authority.ts'
export { compileCorsPolicy, type CorsConfig, type CorsPolicy } from './cors/cors-policy.ts'
export { compileRedirectLocation } from './action/redirect-route.ts'
export { applySteps, compileMutationList, type HeaderStep } from './headers/mutation-list.ts'
export { compileHeaderMutations, formatOf, HeaderMutations } from './headers/mutations.ts'
export { routerHonours } from './honours.ts'
export {
  acceptsRoute, decideInternalRedirect, followRedirect, parseLocation, type RedirectRefusal, type RedirectSituation, type RedirectTarget, type RouteAcceptance,
} from './internal-redirect/decide.ts' // prettier-ignore
export { isGrpcContentType } from './match/conditions.ts'
export { type RouteTableOptions } from './options.ts'
export { compilePathNormalizer, type NormalizedPath, type PathNormalizer } from './path-normalize/path-normalizer.ts'
export type {
  RateLimit, RateLimitDescriptor, RateLimitEntry, RateLimitOverride, RateLimitStream,
} from './rate-limit/contracts.ts' // prettier-ignore
export { rateLimitHonours } from './rate-limit/honours.ts'
export { compileRateLimits, type RateLimitHome } from './rate-limit/rate-limit.ts'
export {
  describeRateLimits, type RouteRateLimitOptions, RouteRateLimits, type VirtualHostRateLimits,
} from './rate-limit/route-rate-limits.ts' // prettier-ignore
export { type ClusterPolicies, compileClusterPolicies } from './action/cluster-policies.ts'
export { compileRetryPolicy } from './retry/retry-policy.ts'
export { compileScopedRoutes, type ScopedRouteOptions, type ScopedRouteTable } from './scoped-routes/scoped-routes.ts'
export { compileRouteTable } from './table/compile-route-table.ts'
export { noteRoute } from './table/note-route.ts'
export {
  applyTimeoutHeaders,
  type EffectiveTimeouts,
  effectiveTimeouts,
  emptyTimeouts,
  expectedTimeout,
  type TimeoutDefaults,
} from './timeouts/effective-timeouts.ts'
export { formatGrpcTimeout, parseGrpcTimeout } from './timeouts/grpc-timeout.ts'
export { compileHashPolicy } from './hash/hash-policy.ts'
