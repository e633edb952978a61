import type { Position } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { type Explanation, type ExplainStep, isGrpcContentType, noteRoute, type Route } from '@nuncio/router'
import { grpcStatusOf } from '@nuncio/core'
import { explainSampling, managerShares } from '@nuncio/tracing'
import { prepareRequest, type PreparedRequest, type ToolRequest } from '../request/tool-request.ts'
import type { ConfigView } from '../view/config-view.ts'
import { listenerName } from '../view/managers.ts'
import { timeText } from '../view/time-text.ts'
import { type FilterAnswer, type FilterPlatform, type FilterStory, runFilters } from './filters/run-filters.ts'
import { locate, type Located, type LocateOptions } from './locate.ts'

/** Where a request goes, in short. */
export interface Decision {
  readonly located: Located
  /** Its headers are those that routes see. */
  readonly request: PreparedRequest
  /** Undefined when the connection manager answers by itself, and when there is no route. */
  readonly route: Route | undefined
}

/** What becomes of a request. */
export type OutcomeKind =
  | 'forward'
  | 'redirect'
  | 'direct_response'
  | 'refused'
  | 'filter_response'
  | 'no_route'
  | 'no_routes'

export interface ExplainOptions extends LocateOptions {
  /** What of the machine filters may use: without `sha1` basic_auth, for one, is not run. */
  readonly platform?: FilterPlatform | undefined
  /** Filters besides those that are known, or in their place: people's own. */
  readonly filters?: readonly HttpFilterDefinition[] | undefined
}

/** The ordered story of one request, from the listener to what the route decides. */
export interface RequestExplanation {
  readonly request: ToolRequest
  readonly outcome: OutcomeKind
  readonly listener: string | undefined
  readonly routeConfiguration: string | undefined
  /** Listener, filter chain, and what the connection manager changes or refuses. */
  readonly before: readonly ExplainStep[]
  /** What the HTTP filters before the router did with the request, or why they were not run. */
  readonly filters: readonly ExplainStep[]
  /** Virtual host, routes and outcome; undefined when no route was asked for. */
  readonly routing: Explanation | undefined
  /** Set when a filter answered: the route was chosen all the same. */
  readonly filterAnswer: FilterAnswer | undefined
  /** What the connection manager decides where the route says nothing. */
  readonly after: readonly ExplainStep[]
  readonly status: number
  /** Set when the proxy answers a gRPC request: the client gets 200 with this status in the place of `status`. */
  readonly grpcStatus: number | undefined
  readonly location: string
  readonly details: string
  readonly cluster:
    | { readonly name: string; readonly known: boolean; readonly position: Position | undefined }
    | undefined
}

/** Asks a configuration where a request goes, by the code that routes it in the proxy. */
export function decide(view: ConfigView, request: ToolRequest, options: LocateOptions = {}): Decision {
  const prepared = prepareRequest(request)
  const located = locate(view, prepared, options)
  const { headers, info, random } = prepared
  const route = located.answer === undefined ? located.table?.route(headers, info, random) : undefined
  if (route !== undefined) noteRoute(info, route)
  return { located, request: prepared, route }
}

/** The story behind `decide`, and of the filters before the router as far as they can be run. */
export function explainRequest(view: ConfigView, request: ToolRequest, options?: ExplainOptions): RequestExplanation {
  return tellRequest(view, request, options).explanation
}

/** A story, and what was decided at its end. */
export interface ToldRequest {
  readonly explanation: RequestExplanation
  /** Its request and route are those that the filters leave. */
  readonly decision: Decision
}

/** As `explainRequest`, for those who go on with what was decided. */
export function tellRequest(view: ConfigView, request: ToolRequest, options: ExplainOptions = {}): ToldRequest {
  const prepared = prepareRequest(request)
  // As it comes: filters may make another type of it.
  const grpc = isGrpcContentType(prepared.headers.get('content-type'))
  const located = locate(view, prepared, options)
  const { listener, answer, steps, dead } = located
  const told = tell(view, located, prepared, options)
  const { route, routing } = told
  const status = (answer ?? told.answer)?.status ?? statusOf(located, route)
  const before = dead === '' ? steps : [...steps, { text: dead, position: undefined }]
  const explanation: RequestExplanation = {
    request,
    outcome: told.answer === undefined ? outcomeOf(located, route) : 'filter_response',
    listener: listener && listenerName(listener),
    routeConfiguration: located.routes?.name,
    before:
      answer === undefined
        ? before
        : [...before, { text: `answers ${answer.status} (${answer.details})`, position: undefined }],
    filters: told.steps,
    routing,
    filterAnswer: told.answer,
    after: [
      ...managerSteps(view, located, route),
      ...answerSteps(view, located, status),
      ...tracingSteps(view, located, prepared, route),
    ],
    status,
    grpcStatus:
      told.answer?.grpcStatus ?? (grpc && status !== 0 && answer?.unread !== true ? grpcStatusOf(status) : undefined),
    location: (answer ?? told.answer)?.location ?? routing?.location ?? '',
    details: (answer ?? told.answer)?.details ?? (route === undefined ? 'route_not_found' : ''),
    cluster: route?.kind === 'forward' ? clusterOf(view, routing?.cluster ?? '') : undefined,
  }
  return { explanation, decision: { located, request: prepared, route } }
}

type Told = Omit<FilterStory, 'routing'> & { readonly routing: Explanation | undefined }

/** The filters and the route, for a request that got that far. */
function tell(view: ConfigView, located: Located, request: PreparedRequest, options: ExplainOptions): Told {
  const { table, manager } = located
  if (located.answer !== undefined || table === undefined)
    return { steps: [], route: undefined, routing: undefined, answer: undefined }
  const { platform, filters: definitions } = options
  return runFilters({ view, table, request, platform, definitions, filters: manager?.config.http_filters ?? [] })
}

function outcomeOf(located: Located, route: Route | undefined): OutcomeKind {
  if (located.answer !== undefined) return 'refused'
  if (located.dead !== '') return 'no_routes'
  if (route === undefined) return 'no_route'
  return route.kind === 'direct' ? 'direct_response' : route.kind
}

/** 0: the upstream's answer decides. */
function statusOf(located: Located, route: Route | undefined): number {
  if (route === undefined) return located.dead === '' ? 404 : 0
  return route.kind === 'forward' ? 0 : route.status
}

function clusterOf(view: ConfigView, name: string): RequestExplanation['cluster'] {
  const cluster = view.clusters.get(name)
  return { name, known: cluster !== undefined, position: cluster && view.positionOf(cluster) }
}

/** Times of the connection manager that hold because the route has none of its own. */
function managerSteps(view: ConfigView, { manager }: Located, route: Route | undefined): ExplainStep[] {
  if (manager === undefined || route?.kind !== 'forward') return []
  const { config } = manager
  const common = config.common_http_protocol_options
  const steps: ExplainStep[] = []
  if (route.idleTimeoutMs === undefined && config.stream_idle_timeout !== undefined)
    steps.push({
      text: `idle timeout ${timeText(config.stream_idle_timeout)} (stream_idle_timeout)`,
      position: view.positionOf(config, 'stream_idle_timeout'),
    })
  if (route.maxStreamDurationMs === undefined && common?.max_stream_duration !== undefined)
    steps.push({
      text: `longest duration of the stream ${timeText(common.max_stream_duration)} (max_stream_duration)`,
      position: view.positionOf(common, 'max_stream_duration'),
    })
  if (config.request_timeout !== undefined && config.request_timeout > 0)
    steps.push({
      text: `the request has to be complete within ${timeText(config.request_timeout)} (request_timeout)`,
      position: view.positionOf(config, 'request_timeout'),
    })
  return steps
}

/** What becomes of the proxy's own answers that is not told: it may depend on everything that is logged. */
function answerSteps(view: ConfigView, { manager }: Located, status: number): ExplainStep[] {
  const { config } = manager ?? {}
  if (config === undefined || status === 0) return []
  const steps: ExplainStep[] = []
  const say = (field: 'local_reply_config' | 'proxy_status_config', text: string): void => {
    steps.push({ text: `${text} (${field})`, position: view.positionOf(config, field) })
  }
  if (config.local_reply_config !== undefined) say('local_reply_config', 'the answer may be mapped to another one')
  if (config.proxy_status_config?.set_recommended_response_code === true)
    say('proxy_status_config', 'the status may become the one that goes with the error')
  return steps
}

/** Whether it is traced, where its connection manager traces. */
function tracingSteps(
  view: ConfigView,
  { manager }: Located,
  { headers }: PreparedRequest,
  route: Route | undefined,
): ExplainStep[] {
  const { config } = manager ?? {}
  if (config?.tracing === undefined) return []
  const own = route?.tracing?.shares
  const keepsId = config.use_remote_address !== true || config.preserve_external_request_id === true
  const { text, share } = explainSampling(headers, own ?? managerShares(config.tracing), keepsId)
  const position =
    own !== undefined || share === 'nothing' || config.tracing[share] === undefined
      ? view.positionOf(config, 'tracing')
      : view.positionOf(config.tracing, share)
  return [{ text: `tracing: ${text}${own === undefined ? '' : ', by the route'}`, position }]
}
