import type { AnyMessage } from '@nuncio/config'
import type { ForwardRoute, PerFilterConfig, VirtualHostInfo } from '@nuncio/router'

/** Per-route configuration of the filter under test: most specific first. */
export interface FakeRouteOptions {
  readonly name?: string
  readonly cluster?: string
  readonly configs?: readonly AnyMessage[]
  readonly disabled?: boolean
  readonly overrides?: Partial<ForwardRoute>
}

/** A forwarding route without any policy, for tests of filters. */
export function fakeRoute(options: FakeRouteOptions = {}): ForwardRoute {
  const configs: PerFilterConfig[] =
    options.disabled === true
      ? [{ disabled: true, config: undefined }]
      : (options.configs ?? []).map((config) => ({ disabled: false, config }))
  const virtualHost: VirtualHostInfo = {
    name: 'test', domains: ['*'], metadata: {}, config: {}, position: undefined, routes: [],
    includeRequestAttemptCount: false, includeAttemptCountInResponse: false, includeIsTimeoutRetryHeader: false, rateLimits: [],
  } // prettier-ignore
  return {
    kind: 'forward',
    info: { index: 0, name: options.name ?? 'test', config: {}, position: undefined, tracing: undefined },
    name: options.name ?? 'test',
    virtualHost,
    metadata: {},
    filterConfigs: () => configs,
    finalizeResponseHeaders: () => {},
    clusterName: () => options.cluster ?? 'upstream',
    clusterNotFoundStatus: 503,
    priority: 0,
    timeoutMs: 15_000,
    idleTimeoutMs: undefined,
    flushTimeoutMs: undefined,
    maxStreamDurationMs: undefined,
    grpcTimeout: undefined,
    usesMaxStreamDuration: false,
    retryPolicy: undefined,
    hedgeOnPerTryTimeout: false,
    hashPolicy: undefined,
    metadataMatch: undefined,
    mirrorPolicies: [],
    internalRedirect: undefined,
    autoHostRewrite: false,
    appendXForwardedHost: false,
    requestBodyLimit: undefined,
    upgrades: new Map(),
    statPrefix: '',
    rateLimits: [],
    includeVirtualHostRateLimits: false,
    cors: [],
    tracing: undefined,
    finalizeRequestHeaders: () => {},
    ...options.overrides,
  }
}
