import { connectionInfo, type RequestHeaders, requestHeaders, StreamInfo } from '@nuncio/core'
import { quoted } from '@nuncio/matching'
import { ForwardEntry } from '../action/forward-route.ts'
import type { Inherited } from '../action/route-entry.ts'
import { WeightedEntries } from '../action/weighted-clusters.ts'
import {
  type DirectResponseRoute,
  type ExplainStep,
  type ForwardRoute,
  RetryOn,
  type RetryPolicy,
  type Route,
  type RouteOutcome,
} from '../contracts.ts'
import type { CompiledRoute } from '../table/compiled-route.ts'
import type { CompiledRouteTable } from '../table/route-table.ts'
import type { CompiledVirtualHost } from '../table/virtual-host.ts'
import { type ClusterSays, clusterSays, clusterSteps } from './cluster-steps.ts'
import { type EffectiveTimeouts, effectiveTimeouts } from '../timeouts/effective-timeouts.ts'

/** Envoy's defaults of the connection manager, for times that the route leaves to it. */
const MANAGER_DEFAULTS = { streamIdleTimeoutMs: 300_000, maxStreamDurationMs: 0 }

/**
 * Tells what a route makes of a request. The request itself is not changed. `chosen`: the cluster, where the route was chosen
 * before the request became what it is.
 */
export function outcomeOf(
  table: CompiledRouteTable,
  route: Route,
  headers: RequestHeaders,
  info: StreamInfo | undefined,
  chosen?: string,
): RouteOutcome {
  const steps: ExplainStep[] = []
  const nothing = { cluster: '', rewrittenPath: '', rewrittenHost: '', hostByEndpoint: false, status: 0, location: '' }
  const at = (node: object, field?: string): ExplainStep['position'] => table.positionOf(node, field)
  if (route.kind === 'redirect') {
    const location = route.location(headers, info)
    steps.push({
      text: `redirects with ${route.status} to ${location}`,
      position: route.info.position ?? at(route.virtualHost.config, 'require_tls'),
    })
    return { ...nothing, outcome: steps, status: route.status, location }
  }
  if (route.kind === 'direct') {
    steps.push({
      text: `answers ${route.status} with ${bodyText(route, headers, info)}`,
      position: route.info.position,
    })
    return { ...nothing, outcome: steps, status: route.status, location: route.location(headers, info) ?? '' }
  }
  const changed = copyOf(headers)
  const before = copyOf(headers)
  route.finalizeRequestHeaders(changed, info ?? new StreamInfo(connectionInfo(), 0, 0), false)
  const cluster = chosen ?? route.clusterName(headers)
  steps.push(clusterStep(table, route, cluster))
  if (changed.authority !== before.authority)
    steps.push(rewriteStep(table, route, 'host', before.authority, changed.authority))
  if (route.autoHostRewrite)
    steps.push({
      text: 'the host becomes the hostname of the endpoint that is chosen, where that has one',
      position: at(route.info.config.route ?? route.info.config, 'auto_host_rewrite'),
    })
  if (changed.path !== before.path) steps.push(rewriteStep(table, route, 'path', before.path, changed.path))
  steps.push(...mutationSteps(table, route))
  const says = clusterSays(table, cluster)
  const retries = retriesOf(table, route, says)
  steps.push(...timeoutSteps(table, route, headers, retries), ...retrySteps(retries, headers), ...clusterSteps(says))
  const { path: rewrittenPath, authority: rewrittenHost } = changed
  return { ...nothing, outcome: steps, cluster, rewrittenPath, rewrittenHost, hostByEndpoint: route.autoHostRewrite }
}

/** How long the body is; one that is formatted also in which form. */
function bodyText(route: DirectResponseRoute, headers: RequestHeaders, info: StreamInfo | undefined): string {
  const formatted = route.formatBody?.(info ?? new StreamInfo(connectionInfo(), 0, 0), headers)
  if (formatted === undefined) return `${route.body?.length ?? 0} bytes`
  return `${formatted.body.length} bytes, formatted (${formatted.contentType})`
}

function copyOf(headers: RequestHeaders): RequestHeaders {
  const copy = requestHeaders([])
  copy.method = headers.method
  copy.path = headers.path
  copy.authority = headers.authority
  copy.scheme = headers.scheme
  copy.protocol = headers.protocol
  headers.forEach((name, value) => copy.append(name, value))
  return copy
}

function clusterStep(table: CompiledRouteTable, route: ForwardRoute, cluster: string): ExplainStep {
  const action = route.info.config.route
  const position =
    action === undefined
      ? route.info.position
      : table.positionOf(
          action,
          CLUSTER_FIELDS.find((field) => action[field] !== undefined),
        )
  const { selector } = route.info as CompiledRoute
  if (selector instanceof WeightedEntries) {
    const names = selector.entries
      .map((entry) => entry.clusterName(requestHeaders([])) || `(header ${entry.clusterHeader})`)
      .join(', ')
    return { text: `cluster ${quoted(cluster)}, chosen among ${names} by weights ${selector.describe()}`, position }
  }
  const header = route instanceof ForwardEntry ? route.clusterHeader : ''
  return { text: `cluster ${quoted(cluster)}${header === '' ? '' : `, named by header ${header}`}`, position }
}

const CLUSTER_FIELDS = ['cluster', 'cluster_header', 'weighted_clusters'] as const

function rewriteStep(
  table: CompiledRouteTable,
  route: ForwardRoute,
  what: 'host' | 'path',
  from: string,
  to: string,
): ExplainStep {
  const entry = route instanceof ForwardEntry ? route : undefined
  const rewrite = what === 'host' ? entry?.policy.hostRewrite : entry?.pathRewrite
  const action = route.info.config.route ?? route.info.config
  const how = rewrite === undefined ? '' : ` (${rewrite.field}: ${rewrite.describe()})`
  return {
    text: `${what} ${quoted(from)} becomes ${quoted(to)}${how}`,
    position: table.positionOf(action, rewrite?.field),
  }
}

function mutationSteps(table: CompiledRouteTable, route: ForwardRoute): ExplainStep[] {
  const entry = route as ForwardRoute & { readonly inherited: Inherited }
  const extras = route instanceof ForwardEntry ? route.extras?.mutations : undefined
  const requests = [...(extras === undefined ? [] : [extras]), ...entry.inherited.requestMutations]
  const steps = (word: string, levels: Inherited['requestMutations']): ExplainStep[] =>
    levels.flatMap((level) =>
      level
        .describe()
        .map(({ text, node }) => ({ text: `${word}: ${text}`, position: node && table.positionOf(node) })),
    )
  return [...steps('request header', requests), ...steps('response header', entry.inherited.responseMutations)]
}

function timeoutSteps(
  table: CompiledRouteTable,
  route: ForwardRoute,
  headers: RequestHeaders,
  { policy, from, position: retriesAt }: Retries,
): ExplainStep[] {
  const times = effectiveTimeouts(route, headers, MANAGER_DEFAULTS, undefined, policy)
  const action = route.info.config.route
  const at = (field: 'timeout' | 'idle_timeout' | 'max_stream_duration'): ExplainStep['position'] =>
    action?.[field] === undefined ? undefined : table.positionOf(action, field)
  const steps: ExplainStep[] = [
    {
      text: `timeout ${ms(times.timeoutMs)}, ${timeoutSource(times, action?.timeout !== undefined)}`,
      position: at(times.timeoutFrom === 'max_stream_duration' ? 'max_stream_duration' : 'timeout'),
    },
  ]
  if (times.perTryTimeoutMs > 0)
    steps.push({
      text: `timeout of each try ${ms(times.perTryTimeoutMs)}, from ${times.perTryFrom === 'route' ? from : `the request header ${times.perTryFrom}`}`,
      position: retriesAt,
    })
  if (times.perTryFrom === 'ignored')
    steps.push({
      text: 'the timeout of each try is not less than the whole timeout and is ignored',
      position: retriesAt,
    })
  const idle =
    route.idleTimeoutMs === undefined
      ? "the connection manager's (5 minutes unless it says otherwise)"
      : ms(route.idleTimeoutMs)
  steps.push({ text: `idle timeout ${idle}`, position: at('idle_timeout') })
  if (times.maxStreamDurationMs > 0)
    steps.push({
      text: `longest duration of the stream ${ms(times.maxStreamDurationMs)}, from ${times.maxStreamDurationFrom}`,
      position: at('max_stream_duration'),
    })
  return steps
}

function timeoutSource(times: EffectiveTimeouts, written: boolean): string {
  if (times.timeoutFrom === 'max_stream_duration') return 'because max_stream_duration is given'
  if (times.timeoutFrom === 'route') return written ? 'from the route' : 'the default'
  return `from the request header ${times.timeoutFrom}`
}

function ms(value: number): string {
  return value === 0 ? 'off' : value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`
}

function retryPlace(table: CompiledRouteTable, route: ForwardRoute): ExplainStep['position'] {
  const own = route.info.config.route
  if (own?.retry_policy !== undefined) return table.positionOf(own, 'retry_policy')
  const { config } = route.virtualHost as CompiledVirtualHost
  return config.retry_policy === undefined ? undefined : table.positionOf(config, 'retry_policy')
}

interface Retries {
  readonly policy: RetryPolicy | undefined
  readonly from: string
  readonly position: ExplainStep['position']
}

/** The retry policy that holds: the cluster's, the route's, or the virtual host's. */
function retriesOf(table: CompiledRouteTable, route: ForwardRoute, { policies, at }: ClusterSays): Retries {
  if (policies.retryPolicy !== undefined)
    return { policy: policies.retryPolicy, from: 'the cluster', position: at('retry_policy') }
  const from = route.info.config.route?.retry_policy === undefined ? 'the virtual host' : 'the route'
  return { policy: route.retryPolicy, from, position: retryPlace(table, route) }
}

function retrySteps({ policy, from, position }: Retries, headers: RequestHeaders): ExplainStep[] {
  const asked = headers.get('x-envoy-retry-on') ?? headers.get('x-envoy-retry-grpc-on')
  const byHeader = asked === undefined ? '' : ` and, by request header, ${quoted(asked)}`
  if (policy === undefined)
    return [
      {
        text: asked === undefined ? 'no retries' : `retries by request header only: ${quoted(asked)}`,
        position: undefined,
      },
    ]
  const on = Object.entries(RetryOn).flatMap(([word, bit]) => ((policy.on & bit) === 0 ? [] : [word]))
  const max = headers.get('x-envoy-max-retries') ?? String(policy.numRetries)
  return [
    {
      text: `up to ${max} retries on ${on.join(', ') || 'nothing'}${byHeader}, from ${from}`,
      position,
    },
  ]
}
