import { lint } from '../lint/lint.ts'
import { type ConfigView, openConfig } from '../view/config-view.ts'

/** Opens a configuration written as YAML; errors in it fail the test. */
export function viewOf(yaml: string): ConfigView {
  const view = openConfig(yaml, { file: 'test.yaml' })
  const errors = view.problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((problem) => `${problem.line}: ${problem.message}`).join('\n'))
  return view
}

/** Takes away the indentation that all lines share. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').replace(/\s+$/, '').split('\n')
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent)).join('\n')
}

function indented(text: string, by: number): string {
  return dedent(text)
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n')
}

/** A RouteConfiguration with one virtual host for all hosts. */
export function routes(list: string): string {
  return `name: test\nvirtual_hosts:\n- name: all\n  domains: ['*']\n  routes:\n${indented(list, 2)}\n`
}

export interface BootstrapParts {
  /** Fields of the connection manager. */
  readonly manager?: string
  /** Fields of the listener, besides its name, address and chains. */
  readonly listener?: string
  readonly address?: string
  readonly port?: number
  /** Fields of the route configuration; one route to cluster `a` unless given. */
  readonly routeConfig?: string
  /** `clusters`, as a list. */
  readonly clusters?: string
  /** Fields of the bootstrap. */
  readonly rest?: string
}

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ONE_ROUTE = `
  virtual_hosts:
  - name: all
    domains: ['*']
    routes:
    - match: { prefix: / }
      route: { cluster: a }`

/** A static cluster with endpoints on 127.0.0.1. */
export function cluster(name: string, hosts = 1, more = ''): string {
  const endpoints = Array.from(
    { length: hosts },
    (_, i) => `    - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${i + 1} } } }`,
  )
  const fields = more === '' ? '' : `${indented(more, 2)}\n`
  return `- name: ${name}\n  connect_timeout: 1s\n${fields}  load_assignment:\n    cluster_name: ${name}\n    endpoints:\n    - lb_endpoints:\n${endpoints.map((line) => `  ${line}`).join('\n')}`
}

/** A bootstrap with one listener, one connection manager and cluster `a`. */
export function bootstrap(parts: BootstrapParts = {}): string {
  const manager = parts.manager === undefined ? '' : `\n${indented(parts.manager, 10)}`
  const listener = parts.listener === undefined ? '' : `\n${indented(parts.listener, 4)}`
  const rest = parts.rest === undefined ? '' : `${dedent(parts.rest)}\n`
  return `${rest}static_resources:
  listeners:
  - name: main
    address: { socket_address: { address: ${parts.address ?? '127.0.0.1'}, port_value: ${parts.port ?? 8080} } }${listener}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': ${HCM}
          stat_prefix: test${manager}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            name: test
${indented(parts.routeConfig ?? ONE_ROUTE, 12)}
  clusters:
${indented(parts.clusters ?? cluster('a'), 2)}
`
}

/** The findings of one rule as `line: message`. */
export function findings(code: string, yaml: string): readonly string[] {
  return lint(viewOf(yaml), { only: [code] }).map(({ line, message }) => `${line}: ${message}`)
}
