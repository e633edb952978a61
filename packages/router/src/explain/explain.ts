import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { ExplainStep, Explanation, Route, RouteOutcome, RouteTrial } from '../contracts.ts'
import type { RouteRequest } from '../match/route-request.ts'
import type { CompiledRoute } from '../table/compiled-route.ts'
import type { Domain } from '../table/host-table.ts'
import type { CompiledRouteTable } from '../table/route-table.ts'
import type { CompiledVirtualHost } from '../table/virtual-host.ts'
import { hostStory } from './host-story.ts'
import { outcomeOf } from './outcome.ts'
import { type Distance, distance, isNearer, tryRoute } from './trial.ts'

const NO_OUTCOME: RouteOutcome = {
  outcome: [],
  cluster: '',
  rewrittenPath: '',
  rewrittenHost: '',
  hostByEndpoint: false,
  status: 0,
  location: '',
}

/** Tells the story of a decision: asks the same compiled objects as `route()`, one by one and in order. */
export function explain(
  table: CompiledRouteTable,
  headers: RequestHeaders,
  info: StreamInfo | undefined,
  random: number | bigint,
): Explanation {
  const host = table.hostOf(headers)
  const domain = table.hosts.find(host)
  const steps = hostStory(table, host, domain)
  if (domain === undefined)
    return story(undefined, steps, { trials: [], route: undefined, nearest: undefined }, NO_OUTCOME)
  const request = table.requestOf(headers, info, random)
  const tls = tlsRoute(table, domain.virtualHost, headers, steps)
  const found = tls ?? tryAll(table, routesToTry(domain.virtualHost, request, steps), request)
  const outcome = found.route === undefined ? NO_OUTCOME : outcomeOf(table, found.route, headers, info)
  return story(domain, steps, found, outcome)
}

interface Found {
  readonly trials: readonly RouteTrial[]
  readonly route: Route | undefined
  readonly nearest: RouteTrial | undefined
}

function story(
  domain: Domain | undefined,
  hostSteps: readonly ExplainStep[],
  found: Found,
  outcome: RouteOutcome,
): Explanation {
  return {
    virtualHost: domain && {
      name: domain.virtualHost.name,
      domain: domain.text,
      position: domain.virtualHost.position,
    },
    hostSteps,
    routes: found.trials,
    matched: found.trials.find((trial) => trial.matched),
    nearestMiss: found.nearest,
    ...outcome,
  }
}

/** What `require_tls`, or an empty `x-forwarded-proto`, decides before any route is tried; undefined when it decides nothing. */
function tlsRoute(
  table: CompiledRouteTable,
  host: CompiledVirtualHost,
  headers: RequestHeaders,
  steps: ExplainStep[],
): Found | undefined {
  const needed = host.needsTls(headers)
  if (needed === 'no' && host.tlsRedirect === undefined) return undefined
  const position = table.positionOf(host.config, 'require_tls')
  const proto = headers.get('x-forwarded-proto') ?? 'absent'
  const words = `require_tls is ${host.config.require_tls ?? 'NONE'}, x-forwarded-proto is ${proto === '' ? 'empty' : proto}`
  if (needed === 'no') {
    steps.push({ text: `${words}: nothing to do`, position })
    return undefined
  }
  steps.push({ text: `${words}: ${needed === 'redirect' ? 'redirected to https' : 'no route at all'}`, position })
  return { trials: [], route: needed === 'redirect' ? host.tlsRedirect : undefined, nearest: undefined }
}

/** The routes of a virtual host, or those that its matcher leads to. */
function routesToTry(host: CompiledVirtualHost, request: RouteRequest, steps: ExplainStep[]): readonly CompiledRoute[] {
  if (host.tree === undefined) return host.routes
  return (
    host.askTree(request, (text, ok) =>
      steps.push({ text: `matcher: ${ok ? 'yes' : 'no'}, ${text}`, position: undefined }),
    ) ?? []
  )
}

function tryAll(table: CompiledRouteTable, routes: readonly CompiledRoute[], request: RouteRequest): Found {
  const trials: RouteTrial[] = []
  let nearest: RouteTrial | undefined
  let best: Distance | undefined
  for (const route of routes) {
    const trial = tryRoute(table, route, request)
    trials.push(trial)
    if (trial.matched)
      return {
        trials,
        route: route.selector!.select(request.headers, request.info, request.random),
        nearest: undefined,
      }
    const far = distance(route, request)
    if (best === undefined || isNearer(far, best)) {
      best = far
      nearest = trial
    }
  }
  return { trials, route: undefined, nearest }
}
