import { NuncioError } from '@nuncio/core'
import { compileRouteTable, type Route, type RouteTable } from '@nuncio/router'
import { prepareRequest, type PreparedRequest, type ToolRequest } from '../../request/tool-request.ts'
import type { RouteConfiguration } from '../../view/config-view.ts'
import type { RouteConfig, VirtualHost } from '../common.ts'

/** Asks a table by itself, without the connection manager before it. */
export function ask(table: RouteTable, request: ToolRequest): Route | undefined {
  const prepared = prepareBare(request)
  return prepared && table.route(prepared.headers, prepared.info, prepared.random)
}

/** Whether a route would take a request if it were the only one. */
export function takesAlone(config: RouteConfiguration, route: RouteConfig, request: ToolRequest): boolean {
  const alone: RouteConfiguration = {
    ignore_path_parameters_in_path_matching: config.ignore_path_parameters_in_path_matching === true,
    virtual_hosts: [{ name: 'alone', domains: ['*'], routes: [route] }],
  }
  return (
    ask(
      compileRouteTable(alone, { report: () => {}, validateClusters: false, readFile: () => new Uint8Array(0) }),
      request,
    ) !== undefined
  )
}

/** A host that leads to a virtual host; undefined when none was found. */
export function hostFor(table: RouteTable, host: VirtualHost): string | undefined {
  return sampleHosts(host).find((name) => {
    const prepared = prepareBare({ url: `https://${name}/` })
    return (
      prepared !== undefined &&
      table.explain(prepared.headers, prepared.info, 0).virtualHost?.name === (host.name ?? '')
    )
  })
}

function sampleHosts(host: VirtualHost): string[] {
  return (host.domains ?? []).slice(0, 20).flatMap((domain) => {
    if (domain === '*') return ['example.com', 'host.invalid']
    if (domain.startsWith('*')) return ['www', 'x', 'sample-name'].map((name) => name + domain.slice(1))
    if (domain.endsWith('*')) return ['com', 'x', 'sample-name'].map((name) => domain.slice(0, -1) + name)
    return [domain]
  })
}

/** Undefined for a request that no client could send: domains and paths of a file may hold anything. */
function prepareBare(request: ToolRequest): PreparedRequest | undefined {
  try {
    const prepared = prepareRequest(request)
    const scheme = prepared.tls ? 'https' : 'http'
    if (!prepared.headers.has('x-forwarded-proto')) prepared.headers.set('x-forwarded-proto', scheme)
    if (prepared.headers.scheme === '') prepared.headers.scheme = scheme
    return prepared
  } catch (error) {
    if (error instanceof NuncioError) return undefined
    throw error
  }
}
