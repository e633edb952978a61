import { quoted } from '@nuncio/matching'
import type { RouteTable } from '@nuncio/router'
import { requestText } from '../../request/request-text.ts'
import type { ToolRequest } from '../../request/tool-request.ts'
import type { RouteConfiguration } from '../../view/config-view.ts'
import type { VirtualHost } from '../common.ts'
import type { LintContext, LintRule } from '../rule.ts'
import { ask, hostFor, takesAlone } from '../shadow/ask.ts'
import { Budget, type Candidate, Coverers } from '../shadow/coverers.ts'
import { pathShape } from '../shadow/path-shape.ts'
import { requirementsOf } from '../shadow/requirements.ts'
import { draftRequest } from '../shadow/witness.ts'

/** Comparisons of two routes that one file may cost; some seconds' worth. */
const MAX_COMPARISONS = 5_000_000

export const shadowedRoute: LintRule = {
  code: 'shadowed-route',
  severity: 'warning',
  title: 'A route that is never reached, because earlier ones take all its requests.',
  why: 'Routes are tried in order and the first match wins. When everything that a route could match is matched by one before it, or by several together (one for a header that is there, one for when it is not), the route is dead: its cluster gets no traffic, and nobody notices. The finding brings a request that the route would take, and that in fact goes to an earlier one; `nuncio explain` shows it step by step.',
  check(context) {
    const budget = new Budget(MAX_COMPARISONS)
    for (const config of context.view.loaded.routeConfigurations) {
      for (const host of config.virtual_hosts ?? [])
        if (host.matcher === undefined) checkHost(context, config, host, budget)
      if (budget.isSpent) {
        context.note(
          config,
          undefined,
          'these routes need more comparisons than are worth waiting for; some were not looked at',
        )
        return
      }
    }
  },
}

function checkHost(context: LintContext, config: RouteConfiguration, host: VirtualHost, budget: Budget): void {
  const coverers = new Coverers()
  const table = context.view.table(config)
  let name: string | undefined
  host.routes?.forEach((route, index) => {
    const path = route.match && pathShape(route.match)
    if (path === undefined) return
    const candidate: Candidate = { index, path, requirements: requirementsOf(route.match!) }
    const alone = coverers.find(candidate, budget)
    const earlier = alone === undefined ? coverers.findTogether(candidate, budget) : [alone]
    if (earlier === undefined) {
      coverers.add(candidate)
      return
    }
    name ??= hostFor(table, host) ?? ''
    const witness = name === '' ? undefined : findWitness(table, config, host, candidate, name)
    if (witness !== undefined) complain(context, host, candidate, earlier, witness)
  })
}

interface Witness {
  readonly request: ToolRequest
  /** The route that takes it. */
  readonly taken: number
}

/** A request that the route would take, and that an earlier one takes: found by routing it. */
function findWitness(
  table: RouteTable,
  config: RouteConfiguration,
  host: VirtualHost,
  candidate: Candidate,
  name: string,
): Witness | undefined {
  const https = host.require_tls !== undefined && host.require_tls !== 'NONE'
  const request = draftRequest(candidate.path, candidate.requirements, name, https)
  if (request === undefined || !takesAlone(config, host.routes![candidate.index]!, request)) return undefined
  const taken = ask(table, request)
  if (
    taken === undefined ||
    taken.virtualHost.config !== host ||
    taken.info.index < 0 ||
    taken.info.index >= candidate.index
  )
    return undefined
  return { request, taken: taken.info.index }
}

function complain(
  { view, say }: LintContext,
  host: VirtualHost,
  candidate: Candidate,
  earlier: readonly Candidate[],
  { request, taken }: Witness,
): void {
  const called = (index: number): string => {
    const route = host.routes![index]!
    const line = view.positionOf(route)?.line
    return `route ${index}${route.name === undefined || route.name === '' ? '' : ` ${quoted(route.name)}`}${line === undefined ? '' : ` (line ${line})`}`
  }
  const names = earlier.map(({ index }) => called(index))
  const takers =
    names.length === 1 ? `${names[0]} takes` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} together take`
  const message = `route ${candidate.index} of virtual host ${quoted(host.name ?? '')} is never reached: ${takers} every request that it could`
  const isNamed = earlier.some(({ index }) => index === taken)
  const hint = `witness: ${requestText(request)} goes to ${isNamed ? `route ${taken}` : called(taken)}; move this route before ${names.length === 1 ? 'it' : 'them'}, or remove it`
  say(host.routes![candidate.index]!, undefined, message, hint)
}
