import { Flag, type RequestHeaders, type ResponseHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import type { AuthzAnswer, HeaderChange, RequestView } from '@nuncio/guards'
import type { ClusterInfo } from '@nuncio/cluster'
import { applyChange, areQueryParameters, areValid, changeQuery, changeRequest } from './changes.ts'
import { joinLevels, type RouteLevel, type RouteSettings } from './route-settings.ts'
import type { BodySettings, ExtAuthzSettings } from './settings.ts'

const NAMESPACE = 'envoy.filters.http.ext_authz'
const NO_LEVELS: readonly RouteLevel[] = []
const NO_CHANGES: readonly HeaderChange[] = []

/** What the filters of one configuration share. */
export class ExtAuthzShared {
  readonly settings: ExtAuthzSettings
  readonly context: FilterContext<RouteLevel>
  readonly #plain: RouteSettings
  readonly #byLevels = new WeakMap<readonly RouteLevel[], RouteSettings>()

  constructor(settings: ExtAuthzSettings, context: FilterContext<RouteLevel>) {
    this.settings = settings
    this.context = context
    this.#plain = joinLevels(NO_LEVELS, settings)
  }

  /** What holds for a stream's route. */
  routeSettings(stream: FilterStream): RouteSettings {
    const levels = this.context.routeConfigs(stream)
    if (levels.length === 0) return this.#plain
    let joined = this.#byLevels.get(levels)
    if (joined === undefined) this.#byLevels.set(levels, (joined = joinLevels(levels, this.settings)))
    return joined
  }
}

/** Asks about one request, and does what the answer says. */
export class ExtAuthzFilter implements HttpFilter {
  readonly #shared: ExtAuthzShared
  readonly #settings: ExtAuthzSettings
  #responseChanges = NO_CHANGES

  constructor(shared: ExtAuthzShared) {
    this.#shared = shared
    this.#settings = shared.settings
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    // A request without a route goes nowhere.
    if (stream.route() === undefined) return
    const route = this.#shared.routeSettings(stream)
    if (route.disabled) return
    const settings = this.#settings
    if (!settings.isEnabled(stream)) {
      settings.stats.disabled.inc()
      return settings.deniesDisabled ? this.#errorReply(settings.statusOnError) : undefined
    }
    return this.#ask(headers, stream, route, endStream || stream.upgraded ? undefined : route.body)
  }

  onResponseHeaders(headers: ResponseHeaders): void {
    const changes = this.#responseChanges
    for (let i = 0; i < changes.length; i++) applyChange(headers, changes[i]!)
  }

  async #ask(
    headers: RequestHeaders,
    stream: FilterStream,
    route: RouteSettings,
    body: BodySettings | undefined,
  ): Promise<void | LocalReply> {
    const told = body === undefined ? NO_BODY : await readBody(stream, body)
    if (told === undefined) return localReply(413, 'request_payload_too_large', { body: 'Payload Too Large' })
    const view: RequestView = { headers, info: stream.info, id: String(stream.random), ...told }
    const startMs = this.#shared.context.time.monotonicMs()
    const answer = await route.authorizer.check(
      { view, telling: this.#settings.telling, extensions: route.extensions },
      stream,
    )
    this.#noteMetadata(answer, stream, this.#shared.context.time.monotonicMs() - startMs)
    return this.#obey(answer, headers, stream)
  }

  #noteMetadata({ metadata, verdict }: AuthzAnswer, { info }: FilterStream, tookMs: number): void {
    if (metadata === undefined || Object.keys(metadata).length === 0) return
    const { takesMetadata, stats } = this.#settings
    if (!takesMetadata) return stats.ignoredMetadata.inc()
    info.setMetadata(NAMESPACE, verdict === 'ok' ? { ...metadata, ext_authz_duration: Math.floor(tookMs) } : metadata)
  }

  #obey(answer: AuthzAnswer, headers: RequestHeaders, stream: FilterStream): void | LocalReply {
    const cluster = this.#clusterOf(stream)
    switch (answer.verdict) {
      case 'ok':
        return this.#allow(answer, headers, stream, cluster)
      case 'denied':
        return this.#deny(answer, cluster)
      case 'error':
        return this.#fail(answer, headers, cluster)
    }
  }

  #allow(
    answer: AuthzAnswer,
    headers: RequestHeaders,
    stream: FilterStream,
    cluster: ClusterInfo | undefined,
  ): void | LocalReply {
    const { stats, rules } = this.#settings
    const { requestHeaders, responseHeaders, queryToSet, queryToRemove } = answer
    if (!areValid(requestHeaders) || !areValid(responseHeaders) || !areQueryParameters(queryToSet))
      return this.#reject(cluster)
    const changed = changeRequest(headers, answer, rules)
    if (changed === undefined) return this.#reject(cluster)
    const query = queryToSet.length > 0 || queryToRemove.length > 0
    if (query) headers.path = changeQuery(headers.path, answer)
    if (this.#settings.clearsRoute(changed, query)) stream.clearRouteCache()
    this.#responseChanges = responseHeaders
    stats.ok.inc()
    if (cluster !== undefined) stats.ofCluster(cluster).ok.inc()
  }

  #deny({ status, body, replyHeaders }: AuthzAnswer, cluster: ClusterInfo | undefined): void | LocalReply {
    const { stats, shadow, chargeCluster, maxDeniedBody } = this.#settings
    stats.denied.inc()
    if (cluster !== undefined) {
      stats.ofCluster(cluster).denied.inc()
      if (chargeCluster && !shadow) cluster.stats.chargeOwn(status)
    }
    if (shadow) return stats.shadowDenied.inc()
    if (!areValid(replyHeaders)) return this.#reject(cluster)
    return localReply(status, 'ext_authz_denied', {
      body: maxDeniedBody > 0 ? body.slice(0, maxDeniedBody) : body,
      headers: linesOf(replyHeaders),
      flags: Flag.UAEX,
    })
  }

  #fail(
    { status, body, replyHeaders }: AuthzAnswer,
    headers: RequestHeaders,
    cluster: ClusterInfo | undefined,
  ): void | LocalReply {
    const { stats, shadow, failureModeAllow, failureModeHeader, statusOnError } = this.#settings
    const ofCluster = cluster === undefined ? undefined : stats.ofCluster(cluster)
    stats.error.inc()
    ofCluster?.error.inc()
    if (shadow) return stats.shadowError.inc()
    if (failureModeAllow) {
      stats.failureModeAllowed.inc()
      ofCluster?.failureModeAllowed.inc()
      if (failureModeHeader) headers.set('x-envoy-auth-failure-mode-allowed', 'true')
      return
    }
    if (!areValid(replyHeaders)) return this.#reject(cluster)
    return this.#errorReply(status === 0 ? statusOnError : status, body, linesOf(replyHeaders))
  }

  #errorReply(
    status: number,
    body: string | Uint8Array = '',
    headers: readonly (readonly [string, string])[] = [],
  ): LocalReply {
    return localReply(status, 'ext_authz_error', { body, headers, flags: Flag.UAEX })
  }

  /** The service asks for what cannot be done: its answer is worth nothing. */
  #reject(cluster: ClusterInfo | undefined): LocalReply {
    const { stats } = this.#settings
    stats.invalid.inc()
    if (cluster !== undefined) stats.ofCluster(cluster).invalid.inc()
    return localReply(500, 'ext_authz_invalid', { flags: Flag.UAEX })
  }

  #clusterOf({ clusterName }: FilterStream): ClusterInfo | undefined {
    return this.#shared.context.clusters.get(clusterName)?.info
  }
}

type Body = Pick<RequestView, 'body' | 'partial' | 'bodyAsBytes'>

const NO_BODY: Body = { body: undefined, partial: false, bodyAsBytes: false }

/** The body, or as much of it as is told; undefined when it is too large to be told whole. */
async function readBody(stream: FilterStream, { maxBytes, partial, asBytes }: BodySettings): Promise<Body | undefined> {
  // Where a part will do, it is asked as soon as there is enough, and not when there is too much.
  const whole = await stream.bufferRequest(partial ? maxBytes - 1 : maxBytes)
  if (whole === undefined && !partial) return undefined
  const read = whole ?? stream.bufferedRequest
  // Trailers that come behind nothing end a request that has no body.
  if (read.length === 0 && stream.requestTrailers !== undefined) return NO_BODY
  return { body: read.slice(0, maxBytes), partial: read.length > maxBytes, bodyAsBytes: asBytes }
}

function linesOf(changes: readonly HeaderChange[]): (readonly [string, string])[] {
  return changes
    .filter(({ name }) => name !== 'content-length' && !name.startsWith(':'))
    .map(({ name, value }) => [name, value])
}
