import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { ForwardRoute, RouteInfo, VirtualHostInfo } from '../contracts.ts'
import { rewriteAuthority } from '../headers/authority.ts'
import { formatting } from '../headers/format-context.ts'
import type { HeaderMutations } from '../headers/mutations.ts'
import type { ForwardPolicy } from './forward-policy.ts'
import { type PathRewrite, rewritePath } from './path-rewrite.ts'
import { type Inherited, RouteEntry, type RouteSelector } from './route-entry.ts'

/** Which cluster a route names: itself, or in a request header. */
export interface ClusterName {
  readonly name: string
  /** Lower-case; '' when the name is fixed. */
  readonly header: string
}

/** What an entry of weighted clusters does before its route does anything. */
export interface WeightedExtras {
  readonly mutations: HeaderMutations | undefined
  readonly hostRewriteLiteral: string
}

/** A route that forwards to a cluster. */
export class ForwardEntry extends RouteEntry implements ForwardRoute, RouteSelector {
  readonly policy: ForwardPolicy
  readonly pathRewrite: PathRewrite | undefined
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  readonly #cluster: ClusterName | string
  readonly extras: WeightedExtras | undefined

  constructor(
    info: RouteInfo,
    virtualHost: VirtualHostInfo,
    inherited: Inherited,
    parts: {
      readonly cluster: ClusterName
      readonly policy: ForwardPolicy
      readonly pathRewrite: PathRewrite | undefined
      readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
      readonly extras?: WeightedExtras | undefined
    },
  ) {
    super(info, virtualHost, inherited)
    this.policy = parts.policy
    this.pathRewrite = parts.pathRewrite
    this.metadataMatch = parts.metadataMatch
    this.#cluster = parts.cluster.header === '' ? parts.cluster.name : parts.cluster
    this.extras = parts.extras
  }

  get kind(): 'forward' {
    return 'forward'
  }
  get entries(): readonly ForwardEntry[] {
    return [this]
  }
  select(): ForwardEntry {
    return this
  }

  clusterName(headers: RequestHeaders): string {
    const cluster = this.#cluster
    return typeof cluster === 'string' ? cluster : (headers.get(cluster.header) ?? '')
  }
  /** The header that names the cluster; '' when it is fixed. */
  get clusterHeader(): string {
    return typeof this.#cluster === 'string' ? '' : this.#cluster.header
  }

  finalizeRequestHeaders(headers: RequestHeaders, info: StreamInfo, suppress: boolean): void {
    const { extras, pathRewrite } = this
    if (extras !== undefined) {
      extras.mutations?.apply(headers, formatting(info, headers, undefined))
      // Unlike the route's own rewrite it leaves no trace of the old host.
      if (extras.hostRewriteLiteral !== '') headers.authority = extras.hostRewriteLiteral
    }
    const levels = this.inherited.requestMutations
    for (let i = 0; i < levels.length; i++) levels[i]!.apply(headers, formatting(info, headers, undefined))
    const { hostRewrite, appendXForwardedHost } = this.policy
    if (hostRewrite !== undefined) {
      const host = hostRewrite.host(headers, info)
      if (host !== '') rewriteAuthority(headers, host, appendXForwardedHost, !suppress)
    }
    if (pathRewrite !== undefined) rewritePath(headers, pathRewrite.rewrite(headers, info), suppress)
  }

  get clusterNotFoundStatus(): number {
    return this.policy.clusterNotFoundStatus
  }
  get priority(): 0 | 1 {
    return this.policy.priority
  }
  get timeoutMs(): number {
    return this.policy.timeoutMs
  }
  get idleTimeoutMs(): number | undefined {
    return this.policy.idleTimeoutMs
  }
  get flushTimeoutMs(): number | undefined {
    return this.policy.flushTimeoutMs
  }
  get maxStreamDurationMs(): number | undefined {
    return this.policy.maxStreamDurationMs
  }
  get usesMaxStreamDuration(): boolean {
    return this.policy.usesMaxStreamDuration
  }
  get grpcTimeout(): ForwardRoute['grpcTimeout'] {
    return this.policy.grpcTimeout
  }
  get retryPolicy(): ForwardRoute['retryPolicy'] {
    return this.policy.retryPolicy
  }
  get hedgeOnPerTryTimeout(): boolean {
    return this.policy.hedgeOnPerTryTimeout
  }
  get hashPolicy(): ForwardRoute['hashPolicy'] {
    return this.policy.hashPolicy
  }
  get mirrorPolicies(): ForwardRoute['mirrorPolicies'] {
    return this.policy.mirrorPolicies
  }
  get internalRedirect(): ForwardRoute['internalRedirect'] {
    return this.policy.internalRedirect
  }
  get autoHostRewrite(): boolean {
    return this.policy.autoHostRewrite
  }
  get appendXForwardedHost(): boolean {
    return this.policy.appendXForwardedHost
  }
  get requestBodyLimit(): number | undefined {
    return this.policy.requestBodyLimit
  }
  get upgrades(): ForwardRoute['upgrades'] {
    return this.policy.upgrades
  }
  get statPrefix(): string {
    return this.info.config.stat_prefix ?? ''
  }
  get rateLimits(): ForwardRoute['rateLimits'] {
    return this.policy.rateLimits
  }
  get includeVirtualHostRateLimits(): boolean {
    return this.policy.includeVirtualHostRateLimits
  }
  get cors(): ForwardRoute['cors'] {
    return this.policy.cors
  }
}
