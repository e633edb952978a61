import type { Position } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { Explanation, ExplainStep, Route } from '@nuncio/router'
import { prepareRequest, type PreparedRequest, type ToolRequest } from '../request/tool-request.ts'
import type { ConfigView } from '../view/config-view.ts'
import { listenerName } from '../view/managers.ts'
import { timeText } from '../view/time-text.ts'
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
export type OutcomeKind = 'forward' | 'redirect' | 'direct_response' | 'refused' | 'no_route' | 'no_routes'

/** The ordered story of one request, from the listener to what the route decides. */
export interface RequestExplanation {
  readonly request: ToolRequest
  readonly outcome: OutcomeKind
  readonly listener: string | undefined
  readonly routeConfiguration: string | undefined
  /** Listener, filter chain, and what the connection manager changes or refuses. */
  readonly before: readonly ExplainStep[]
  /** HTTP filters that see the request before it is routed on; any of them may answer or change it. */
  readonly filters: readonly ExplainStep[]
  /** Virtual host, routes and outcome; undefined when no route was asked for. */
  readonly routing: Explanation | undefined
  /** What the connection manager decides where the route says nothing. */
  readonly after: readonly ExplainStep[]
  readonly status: number
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
  const asked = located.answer === undefined && located.table !== undefined
  return {
    located,
    request: prepared,
    route: asked ? located.table.route(prepared.headers, prepared.info, prepared.random) : undefined,
  }
}

/** The story behind `decide`. */
export function explainRequest(
  view: ConfigView,
  request: ToolRequest,
  options: LocateOptions = {},
): RequestExplanation {
  const { located, request: prepared, route } = decide(view, request, options)
  const asked = located.answer === undefined && located.table !== undefined
  const routing = asked ? located.table.explain(prepared.headers, prepared.info, prepared.random) : undefined
  const before = located.dead === '' ? located.steps : [...located.steps, { text: located.dead, position: undefined }]
  const { listener, answer } = located
  return {
    request,
    outcome: outcomeOf(located, route),
    listener: listener && listenerName(listener),
    routeConfiguration: located.routes?.name,
    before:
      answer === undefined
        ? before
        : [...before, { text: `answers ${answer.status} (${answer.details})`, position: undefined }],
    filters: filterSteps(view, located, route),
    routing,
    after: managerSteps(view, located, route),
    status: answer?.status ?? statusOf(located, route),
    location: answer?.location ?? routing?.location ?? '',
    details: answer?.details ?? (route === undefined ? 'route_not_found' : ''),
    cluster: route?.kind === 'forward' ? clusterOf(view, routing?.cluster ?? '') : undefined,
  }
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

function filterSteps(view: ConfigView, { manager }: Located, route: Route | undefined): ExplainStep[] {
  return (manager?.config.http_filters ?? []).slice(0, -1).map((filter) => {
    const configs = route?.filterConfigs(filter.name ?? '') ?? []
    const disabled = configs.length > 0 ? configs[0]!.disabled : filter.disabled === true
    const own = disabled
      ? ': switched off for this request'
      : configs.length > 0
        ? ', with configuration of its own for this route'
        : ''
    return { text: `${quoted(filter.name ?? '')}${own}`, position: view.positionOf(filter) }
  })
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
