import { type RequestHeaderTable, type ResponseHeaderTable, responseHeaders, utf8Text } from '@nuncio/core'
import {
  DEFAULT_TIMEOUT_MS,
  effectiveTimeouts,
  noteRoute,
  redirectUrl,
  type Route,
  type RouteTable,
} from '@nuncio/router'
import { locate, type Located } from '../explain/locate.ts'
import { prepareRequest, type PreparedRequest } from '../request/tool-request.ts'
import type { ConfigView } from '../view/config-view.ts'
import type { TestCase } from './test-case.ts'

/** Everything about the outcome of a request that a test may compare. */
export interface Outcome {
  readonly route: Route | undefined
  readonly table: RouteTable | undefined
  /** Of forwarding routes only, '' for others. */
  readonly cluster: string
  readonly virtualHost: string
  readonly virtualCluster: string
  readonly host: string
  readonly path: string
  /** 0 when the upstream's answer decides. */
  readonly status: number
  /** '' when the answer has none. */
  readonly location: string
  /** As Envoy's tool computes it: of every route that answers by itself. */
  readonly ownUrl: string
  readonly body: string
  /** Milliseconds that the route names, whether they count or not; undefined for routes that do not forward. */
  readonly timeoutMs: number | undefined
  readonly effectiveTimeoutMs: number | undefined
  /** After all mutations. */
  readonly requestHeaders: RequestHeaderTable
  readonly responseHeaders: ResponseHeaderTable
  /** Whether the connection manager answered before routing. */
  readonly refused: boolean
}

export interface OutcomeOptions {
  readonly listener?: string | undefined
  readonly routes?: string | undefined
}

const OWN_URL = { scheme: '', host: '', port: '', path: '', stripQuery: false }
const NOTHING = new Uint8Array(0)
const MANAGER_IDLE_MS = 300_000

/** Told of each request that a table was asked for, before its headers are changed. */
export type Follow = (table: RouteTable, request: PreparedRequest, route: Route | undefined) => void

/** Sends a test's request through the configuration, as far as routes go. */
export function outcomeOf(view: ConfigView, test: TestCase, options: OutcomeOptions, follow: Follow): Outcome {
  const request = prepareRequest(test.request)
  const located = test.bare
    ? bare(view, test, request, options)
    : locate(view, request, { listener: test.listener ?? options.listener, routes: options.routes })
  const { headers, info } = request
  const route = located.answer === undefined ? located.table?.route(headers, info, request.random) : undefined
  // Envoy's tool asks for a route and notes it nowhere.
  if (route !== undefined && !test.bare) noteRoute(info, route)
  if (located.answer === undefined && located.table !== undefined) follow(located.table, request, route)
  const response = responseHeaders(0, test.responseHeaders)
  const base = {
    route,
    table: located.table,
    cluster: '',
    virtualHost: '',
    virtualCluster: '',
    host: '',
    path: '',
    status: located.answer?.status ?? 404,
    location: located.answer?.location ?? '',
    ownUrl: '',
    body: '',
    timeoutMs: undefined,
    effectiveTimeoutMs: undefined,
    requestHeaders: headers,
    responseHeaders: response,
    refused: located.answer !== undefined,
  }
  if (route === undefined) return base
  return {
    ...base,
    ...(route.kind === 'forward'
      ? forwarded(route, located.table!, request, response, test.bare)
      : answered(route, request, response)),
  }
}

/** Envoy's tool puts these headers on by itself, and looks at nothing but routes. */
function bare(
  view: ConfigView,
  test: TestCase,
  request: PreparedRequest,
  options: OutcomeOptions,
): Pick<Located, 'table' | 'answer'> {
  const { headers, tls } = request
  const scheme = tls ? 'https' : 'http'
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', scheme)
  headers.scheme = scheme
  if (test.internal) headers.append('x-envoy-internal', 'true')
  const all = view.loaded.routeConfigurations
  const config = options.routes === undefined ? all[0] : all.find((each) => each.name === options.routes)
  return { table: config && view.table(config), answer: undefined }
}

function forwarded(
  route: Route & { kind: 'forward' },
  table: RouteTable,
  { headers, info }: PreparedRequest,
  response: ResponseHeaderTable,
  isBare: boolean,
): Partial<Outcome> {
  const cluster = route.clusterName(headers)
  const times = effectiveTimeouts(route, headers, { streamIdleTimeoutMs: MANAGER_IDLE_MS, maxStreamDurationMs: 0 })
  const effectiveTimeoutMs = times.timeoutMs
  const virtualCluster = isBare ? undefined : table.virtualCluster(route, headers)
  route.finalizeRequestHeaders(headers, info, false)
  route.finalizeResponseHeaders(response, info, headers)
  return {
    cluster,
    virtualHost: route.virtualHost.name,
    // Envoy's tool asks for the virtual cluster after the headers were rewritten.
    virtualCluster: virtualCluster ?? table.virtualCluster(route, headers),
    host: headers.authority,
    path: headers.path,
    status: 0,
    timeoutMs: route.info.config.route?.timeout ?? DEFAULT_TIMEOUT_MS,
    effectiveTimeoutMs,
  }
}

function answered(
  route: Exclude<Route, { kind: 'forward' }>,
  { headers, info }: PreparedRequest,
  response: ResponseHeaderTable,
): Partial<Outcome> {
  const { status } = route
  const location = route.location(headers, info) ?? ''
  const formatted = route.kind === 'direct' ? route.formatBody?.(info, headers) : undefined
  const body = formatted?.body ?? (route.kind === 'direct' ? route.body : undefined) ?? NOTHING
  response.status = status
  if (body.length > 0) {
    response.append('content-length', String(body.length))
    response.append('content-type', formatted?.contentType ?? 'text/plain')
  }
  if (location !== '') response.append('location', location)
  if (route.kind === 'redirect') route.rewritePath(headers, false)
  route.finalizeResponseHeaders(response, info, headers)
  return {
    status,
    location,
    body: utf8Text(body),
    ownUrl: location === '' ? redirectUrl(OWN_URL, headers, headers.path) : location,
  }
}
