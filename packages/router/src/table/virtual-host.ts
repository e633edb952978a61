import type { Message, Position, Sources } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import {
  type HeaderMatcher,
  type HttpMatchData,
  httpMatchData,
  matchesHeaders,
  type MatchTree,
  setHttpMatchData,
  type TreeStep,
} from '@nuncio/matching'
import type { InheritedPolicy } from '../action/forward-policy.ts'
import type { RedirectEntry } from '../action/redirect-route.ts'
import type { Inherited } from '../action/route-entry.ts'
import type { Route, VirtualHostInfo } from '../contracts.ts'
import type { RateLimit } from '../rate-limit/contracts.ts'
import type { RouteRequest } from '../match/route-request.ts'
import { type CompiledRoute, takeFirst } from './compiled-route.ts'
import type { PathIndex } from './path-index.ts'

/** A route, or a list of which the first match counts: what a `matcher` tree leads to. */
export type RouteList = readonly CompiledRoute[]

export interface VirtualCluster {
  readonly name: string
  readonly headers: readonly HeaderMatcher[]
}

const NO_METADATA: VirtualHostInfo['metadata'] = Object.freeze({})
const treeData: HttpMatchData = httpMatchData()

/** One virtual host, ready to be asked. What is set after making it is set before anybody asks. */
export class CompiledVirtualHost implements VirtualHostInfo {
  readonly config: Message<'envoy.config.route.v3.VirtualHost'>
  readonly inherited: Inherited
  readonly policy: InheritedPolicy
  readonly virtualClusters: readonly VirtualCluster[]
  readonly #sources: Sources | undefined
  /** All routes, those of a tree in the order in which it names them. */
  routes: readonly CompiledRoute[] = []
  index: PathIndex | undefined = undefined
  tree: MatchTree<HttpMatchData, RouteList> | undefined = undefined
  rateLimits: readonly RateLimit[] = []
  /** Where clients without TLS are sent, when it is required. */
  tlsRedirect: RedirectEntry | undefined = undefined
  /** An empty `x-forwarded-proto` takes no route away. */
  matchesOnly = false

  constructor(
    config: Message<'envoy.config.route.v3.VirtualHost'>,
    inherited: Inherited,
    policy: InheritedPolicy,
    virtualClusters: readonly VirtualCluster[],
    sources: Sources | undefined,
  ) {
    this.config = config
    this.inherited = inherited
    this.policy = policy
    this.virtualClusters = virtualClusters
    this.#sources = sources
  }

  get name(): string {
    return this.config.name ?? ''
  }
  get domains(): readonly string[] {
    return this.config.domains ?? []
  }
  get position(): Position | undefined {
    return this.#sources?.positionOf(this.config)
  }
  get includeRequestAttemptCount(): boolean {
    return this.config.include_request_attempt_count === true
  }
  get includeAttemptCountInResponse(): boolean {
    return this.config.include_attempt_count_in_response === true
  }
  get includeIsTimeoutRetryHeader(): boolean {
    return this.config.include_is_timeout_retry_header === true
  }
  get metadata(): VirtualHostInfo['metadata'] {
    return this.config.metadata?.filter_metadata ?? NO_METADATA
  }

  route(request: RouteRequest): Route | undefined {
    const needed = this.needsTls(request.headers)
    if (needed !== 'no') return needed === 'redirect' ? this.tlsRedirect : undefined
    if (this.tree !== undefined) {
      const list = this.askTree(request)
      return list === undefined ? undefined : takeFirst(list, request)
    }
    return this.index === undefined ? takeFirst(this.routes, request) : this.index.find(request)
  }

  /**
   * What `require_tls` makes of a request; it goes by `x-forwarded-proto`, and without that there is no route. Where that is
   * there and says nothing, nothing has a route.
   */
  needsTls(headers: RequestHeaders): 'no' | 'redirect' | 'no-route' {
    const proto = headers.get('x-forwarded-proto')
    if (proto === '' && !this.matchesOnly) return 'no-route'
    if (this.tlsRedirect === undefined || proto === 'https') return 'no'
    if (this.config.require_tls === 'EXTERNAL_ONLY' && headers.get('x-envoy-internal') === 'true') return 'no'
    return proto === undefined ? 'no-route' : 'redirect'
  }

  askTree(request: RouteRequest, step?: TreeStep): RouteList | undefined {
    setHttpMatchData(treeData, request.headers, request.info)
    const list = this.tree?.match(treeData, undefined, step)
    setHttpMatchData(treeData, undefined, undefined)
    return list
  }

  /** The first virtual cluster that fits; `other` when none does, '' when there are none. */
  virtualCluster(headers: RequestHeaders): string {
    for (const { name, headers: matchers } of this.virtualClusters) if (matchesHeaders(matchers, headers)) return name
    return this.virtualClusters.length === 0 ? '' : 'other'
  }
}
