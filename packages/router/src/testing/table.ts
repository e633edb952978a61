import { load, type Message, type Problem } from '@nuncio/config'
import { connectionInfo, type RequestHeaders, type RequestHeaderTable, requestHeaders, StreamInfo } from '@nuncio/core'
import type { ForwardRoute, RouteTable } from '../contracts.ts'
import type { RouteTableOptions } from '../options.ts'
import { compileRouteTable } from '../table/compile-route-table.ts'

export interface TestTable {
  readonly table: RouteTable
  readonly problems: Problem[]
}

/** Compiles a RouteConfiguration written as YAML; problems of reading it fail the test. */
export function tableFrom(yaml: string, options: Partial<RouteTableOptions> = {}): TestTable {
  const loaded = load('envoy.config.route.v3.RouteConfiguration', yaml, { file: 'routes.yaml' })
  const errors = loaded.problems.filter((problem) => problem.severity === 'error')
  if (loaded.config === undefined)
    throw new Error(errors.map((problem) => `${problem.line}: ${problem.message}`).join('\n'))
  return compiled(loaded.config, { sources: loaded.sources, ...options })
}

/** As `tableFrom`, for a configuration that the loader's own rules refuse. */
export function tableFromPartial(yaml: string, options: Partial<RouteTableOptions> = {}): TestTable {
  const loaded = load('envoy.config.route.v3.RouteConfiguration', yaml, { file: 'routes.yaml' })
  return compiled(loaded.partial ?? {}, { sources: loaded.sources, ...options })
}

/** Compiles a configuration object. */
export function compiled(
  config: Message<'envoy.config.route.v3.RouteConfiguration'>,
  options: Partial<RouteTableOptions> = {},
): TestTable {
  const problems: Problem[] = []
  const table = compileRouteTable(config, { report: (problem) => problems.push(problem), ...options })
  return { table, problems }
}

/** A virtual host for all hosts with the given routes, indented or not. */
export function routesYaml(routes: string): string {
  const lines = routes.replace(/^\n/, '').replace(/\s+$/, '').split('\n')
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return `virtual_hosts:\n- name: all\n  domains: ["*"]\n  routes:\n${lines.map((line) => `  ${line.slice(indent)}`).join('\n')}\n`
}

/** A request as the connection manager hands it over: `request('a.com/path?q', { 'x-a': '1' })`. */
export function request(
  url: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): RequestHeaderTable {
  const slash = url.indexOf('/')
  const out = requestHeaders([])
  out.authority = slash < 0 ? url : url.slice(0, slash)
  out.path = slash < 0 ? '' : url.slice(slash)
  out.method = 'GET'
  out.scheme = 'http'
  if (!('x-forwarded-proto' in headers)) out.append('x-forwarded-proto', 'http')
  for (const [name, values] of Object.entries(headers)) for (const value of [values].flat()) out.append(name, value)
  return out
}

export function streamInfo(): StreamInfo {
  return new StreamInfo(connectionInfo(), 0, 0)
}

/** The forward route of a request; fails when there is none or it is of another kind. */
export function forward(
  table: RouteTable,
  headers: RequestHeaders,
  random: number | bigint = 0,
  info = streamInfo(),
): ForwardRoute {
  const route = table.route(headers, info, random)
  if (route?.kind !== 'forward') throw new Error(`no forward route but ${route?.kind ?? 'none'}`)
  return route
}

/** The name of the cluster, or undefined when there is no route. */
export function clusterOf(
  table: RouteTable,
  headers: RequestHeaders,
  random: number | bigint = 0,
  info = streamInfo(),
): string | undefined {
  const route = table.route(headers, info, random)
  return route?.kind === 'forward' ? route.clusterName(headers) : undefined
}
