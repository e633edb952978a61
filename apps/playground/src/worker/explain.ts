import { type ConfigView, decide, type Decision, tellRequest, verdict } from '@nuncio/checks'
import type { RequestHeaders } from '@nuncio/core'
import { sha1 } from '@noble/hashes/legacy.js'
import { chainId, clusterId, hostId, listenerId, routeId } from '../map/model.ts'
import type { Answer, AskedRequest, HeaderLines } from './protocol.ts'
import { suggest } from './route-tests.ts'
import { toolRequest } from './tool-request.ts'

/** A place as `verdict` writes it: the page has one file, and columns are for tools. */
const PLACE = /\(line:(\d+):\d+\)/

/** What filters need of a machine. What an explanation compares is all in the page: there is nobody to time it. */
const PLATFORM = {
  sha1,
  timingSafeEqual: (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]),
}

/** Where a request goes, why, which nodes of the map that touches, and what the upstream would see. */
export function explain(view: ConfigView, asked: AskedRequest): Answer {
  const request = toolRequest(asked)
  const headersBefore = linesOf(decide(view, request).request.headers)
  const { explanation, decision } = tellRequest(view, request, { platform: PLATFORM })
  return {
    explanation,
    verdict: verdict(explanation).replace(PLACE, '(line $1)'),
    way: wayOf(view, decision, explanation),
    headersBefore,
    headersAfter: (explanation.filterAnswer === undefined && headersAfter(decision)) || headersBefore,
    expect: suggest(view, asked),
  }
}

function wayOf(view: ConfigView, { located, route }: Decision, explanation: Answer['explanation']): string[] {
  const { routing, cluster, filterAnswer } = explanation
  const way: string[] = []
  const { listener, manager, routes } = located
  if (listener !== undefined) way.push(listenerId(view.loaded.listeners.indexOf(listener)))
  if (listener !== undefined && manager !== undefined) {
    const chains = listener.filter_chains ?? []
    way.push(
      chainId(view.loaded.listeners.indexOf(listener), manager.isDefaultChain ? -1 : chains.indexOf(manager.chain)),
    )
  }
  const config = routes === undefined ? -1 : view.loaded.routeConfigurations.indexOf(routes)
  const host = routes?.virtual_hosts?.findIndex(({ name }) => name === routing?.virtualHost?.name) ?? -1
  if (host < 0) return way
  way.push(hostId(config, host))
  if (routing?.matched !== undefined) way.push(routeId(config, host, routing.matched.index))
  if (route?.kind === 'forward' && cluster !== undefined && filterAnswer === undefined)
    way.push(clusterId(cluster.name))
  return way
}

/** What the upstream would see; undefined when nothing is forwarded. The headers of the decision are changed by it. */
function headersAfter({ route, request }: Decision): HeaderLines | undefined {
  if (route?.kind !== 'forward') return undefined
  route.finalizeRequestHeaders(request.headers, request.info, false)
  return linesOf(request.headers)
}

function linesOf(headers: RequestHeaders): HeaderLines {
  const lines: (readonly [string, string])[] = [
    [':method', headers.method],
    [':authority', headers.authority],
    [':path', headers.path],
    [':scheme', headers.scheme],
  ]
  headers.forEach((name, value) => lines.push([name, value]))
  return lines
}
