import { isMessage } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { type ConnectionFacts, explainFilterChain, quoted } from '@nuncio/matching'
import { askedUpgrade, type ExplainStep, refusesUpgrade, type RouteTable, upgradesOf } from '@nuncio/router'
import { admit, type Admission } from '../request/admit.ts'
import type { PreparedRequest } from '../request/tool-request.ts'
import type { ConfigView, RouteConfiguration } from '../view/config-view.ts'
import { addressText, type Listener, listenerName, type ManagerView } from '../view/managers.ts'

/** Which part of a configuration a request is asked of. */
export interface LocateOptions {
  /** Name or address of the listener; else the URL's port decides, else the first one that serves HTTP is taken. */
  readonly listener?: string | undefined
  /** Name of the route configuration, for files without listeners; else the first. */
  readonly routes?: string | undefined
}

/** The way of a request up to the route table. */
export interface Located {
  /** Listener, filter chain and what the connection manager did to the request. */
  readonly steps: readonly ExplainStep[]
  readonly listener: Listener | undefined
  readonly manager: ManagerView | undefined
  readonly routes: RouteConfiguration | undefined
  readonly table: RouteTable | undefined
  /** Set when the connection manager answers before any route is asked for. */
  readonly answer: Admission['answer']
  /** Why there is no route table; '' when there is one. */
  readonly dead: string
}

/**
 * Finds the route table for a request and does to the request what comes before routing: `request.headers` are those
 * that routes see afterwards. Throws `ERR_NUNCIO_ARGUMENT` when an option names what is not there.
 */
export function locate(view: ConfigView, request: PreparedRequest, options: LocateOptions = {}): Located {
  const served = view.loaded.listeners.filter((listener) =>
    view.managers.some((manager) => manager.listener === listener),
  )
  if (served.length === 0) return locateBare(view, request, options)
  const steps: ExplainStep[] = []
  const listener = chooseListener(view, served, request, options.listener, steps)
  const manager = chooseManager(view, listener, request, steps)
  const found: Located = { steps, listener, manager, routes: undefined, table: undefined, answer: undefined, dead: '' }
  if (manager === undefined) return { ...found, dead: 'no filter chain takes the connection to a connection manager' }
  const routes = view.routesOf(manager.config)
  const { connection } = request
  connection.local = localAddress(listener)
  connection.listenerName = listener.name ?? ''
  connection.filterChainName = manager.chain.name ?? ''
  const admission = admit(request, {
    config: manager.config,
    runtime: view.runtime,
    internalOnlyHeaders: (routes?.internal_only_headers ?? []).map((name) => name.toLowerCase()),
    placeOf: (field) => view.positionOf(manager.config, field),
  })
  steps.push(...admission.steps)
  if (admission.answer !== undefined) return { ...found, routes, answer: admission.answer }
  const asked = { ...found, ...tableOf(view, manager, routes, request, steps) }
  return { ...asked, answer: upgradeAnswer(view, manager, asked.table, request, steps) }
}

/** The answer to a request for an upgrade that neither its route nor the connection manager allows. */
function upgradeAnswer(
  view: ConfigView,
  { config }: ManagerView,
  table: RouteTable | undefined,
  { headers, info, random }: PreparedRequest,
  steps: ExplainStep[],
): Admission['answer'] {
  const type = askedUpgrade(headers)
  if (type === '' || table === undefined) return undefined
  const route = table.route(headers, info, random)
  if (!refusesUpgrade(type, route, upgradesOf(config.upgrade_configs))) return undefined
  steps.push({
    text: `an upgrade to ${quoted(type)} is not allowed (upgrade_configs)`,
    position: view.positionOf(config, 'upgrade_configs'),
  })
  return { status: 403, details: 'upgrade_failed', body: '', location: '', unread: false }
}

/** A file that has route configurations and nothing around them. */
function locateBare(view: ConfigView, request: PreparedRequest, options: LocateOptions): Located {
  const all = view.loaded.routeConfigurations
  if (options.listener !== undefined)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no listener ${quoted(options.listener)} that serves HTTP`)
  const routes = options.routes === undefined ? all[0] : all.find((each) => each.name === options.routes)
  if (options.routes !== undefined && routes === undefined)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no route configuration ${quoted(options.routes)}`, {
      hint: names(all.map(({ name = '' }) => name)),
    })
  const nothing = { listener: undefined, manager: undefined, answer: undefined }
  if (routes === undefined) return { ...nothing, steps: [], routes, table: undefined, dead: 'the file has no routes' }
  const { headers, tls } = request
  const scheme = tls ? 'https' : 'http'
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', scheme)
  if (headers.scheme === '') headers.scheme = scheme
  const others = all.length > 1 ? `, one of ${all.length}: ${names(all.map(({ name = '' }) => name))}` : ''
  const step = { text: `route configuration ${quoted(routes.name ?? '')}${others}`, position: view.positionOf(routes) }
  return { ...nothing, steps: [step], routes, table: view.table(routes), dead: '' }
}

function names(list: readonly string[]): string {
  return list.slice(0, 10).map(quoted).join(', ') + (list.length > 10 ? ', …' : '')
}

function chooseListener(
  view: ConfigView,
  served: readonly Listener[],
  request: PreparedRequest,
  wanted: string | undefined,
  steps: ExplainStep[],
): Listener {
  const found =
    wanted === undefined
      ? undefined
      : served.find((listener) => listener.name === wanted || addressText(listener.address) === wanted)
  if (wanted !== undefined && found === undefined) {
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', `there is no listener ${quoted(wanted)} that serves HTTP`, {
      hint: `there are ${names(served.map(listenerName))}`,
    })
  }
  const byPort =
    request.port === undefined
      ? undefined
      : served.find((listener) => listener.address?.socket_address?.port_value === request.port)
  const listener = found ?? byPort ?? served[0]!
  const why = found === undefined ? whyListener(served, request.port, byPort !== undefined) : ''
  const others = served.filter((each) => each !== listener).map(listenerName)
  const beside = others.length === 0 || found !== undefined ? '' : `; there are also ${names(others)}`
  steps.push({
    text: `listener ${quoted(listenerName(listener))} on ${addressText(listener.address)}${why}${beside}`,
    position: view.positionOf(listener),
  })
  return listener
}

/** Why a listener was taken that nobody named. */
function whyListener(served: readonly Listener[], port: number | undefined, isByPort: boolean): string {
  if (isByPort) return served.length === 1 ? '' : `, by the port ${port}`
  if (port !== undefined) return `, as none that serves HTTP is on port ${port}`
  return served.length === 1 ? '' : ', the first that serves HTTP'
}

function chooseManager(
  view: ConfigView,
  listener: Listener,
  request: PreparedRequest,
  steps: ExplainStep[],
): ManagerView | undefined {
  const managers = view.managers.filter((manager) => manager.listener === listener)
  const { chain, steps: rules } = explainFilterChain(listener, factsOf(listener, request))
  // What every chain takes, and the chain itself, need no words.
  const reasons = rules.slice(0, -1).filter((rule) => !rule.endsWith(': any'))
  const because = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`
  if (chain === undefined) {
    steps.push({
      text: `no filter chain matches${because}: the connection is closed`,
      position: view.positionOf(listener, 'filter_chains'),
    })
    return undefined
  }
  const count = (listener.filter_chains?.length ?? 0) + (listener.default_filter_chain === undefined ? 0 : 1)
  const manager = managers.find((each) => each.chain === chain)
  const name = chain.name !== undefined && chain.name !== '' ? ` ${quoted(chain.name)}` : ''
  const which =
    chain === listener.default_filter_chain
      ? 'default filter chain'
      : `filter chain${name}, number ${listener.filter_chains!.indexOf(chain) + 1} of ${count}`
  if (count > 1 || manager === undefined)
    steps.push({
      text: which + because + (manager === undefined ? ': it has no connection manager' : ''),
      position: view.positionOf(chain),
    })
  if (manager !== undefined && request.tls && chain.transport_socket === undefined)
    steps.push({
      text: 'the filter chain has no TLS: https is what the request says it came by',
      position: view.positionOf(chain),
    })
  return manager
}

/** Where a connection to a listener arrives. */
function localAddress({ address }: Listener): ConnectionFacts['local'] {
  const { address: ip = '', port_value: port = 0 } = address?.socket_address ?? {}
  return { address: ip === '' || ip === '0.0.0.0' || ip === '::' ? '127.0.0.1' : ip, port }
}

/** What filter chains may ask of the connection that brings a request. */
function factsOf(listener: Listener, { info, tls }: PreparedRequest): ConnectionFacts {
  const { remote, directRemote, serverName } = info.connection
  const inspects = (listener.listener_filters ?? []).some(
    ({ typed_config: filter }) => filter !== undefined && isMessage(filter, HTTP_INSPECTOR),
  )
  return {
    local: localAddress(listener),
    remote,
    directRemote,
    serverName,
    detectedTransportProtocol: tls ? 'tls' : 'raw_buffer',
    requestedApplicationProtocols: tls ? BROWSER_ALPN : inspects ? PLAIN_HTTP : [],
  }
}

const HTTP_INSPECTOR = 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'
/** What clients offer over TLS, as a rule. */
const BROWSER_ALPN = ['h2', 'http/1.1']
const PLAIN_HTTP = ['http/1.1']

function tableOf(
  view: ConfigView,
  manager: ManagerView,
  routes: RouteConfiguration | undefined,
  request: PreparedRequest,
  steps: ExplainStep[],
): Pick<Located, 'routes' | 'table' | 'dead'> {
  if (routes !== undefined) {
    const name = `route configuration ${quoted(routes.name ?? '')}`
    if (manager.config.rds !== undefined)
      steps.push({ text: `${name}, which the connection manager takes by RDS`, position: view.positionOf(routes) })
    return { routes, table: view.table(routes), dead: '' }
  }
  const rds = manager.config.rds?.route_config_name
  if (rds !== undefined)
    return {
      routes,
      table: undefined,
      dead: `the route configuration ${quoted(rds)} comes by RDS and is not in the file`,
    }
  const scopes = view.scopesOf(manager.config)
  if (scopes === undefined)
    return { routes, table: undefined, dead: 'the connection manager has no routes in the file' }
  const key = scopes.key(request.headers)
  const table = scopes.table(request.headers)
  const text =
    key === undefined
      ? 'the request has no complete scope key'
      : `scope key ${names(key)}${table === undefined ? ' leads to no routes' : ''}`
  steps.push({ text, position: view.positionOf(manager.config, 'scoped_routes') })
  return { routes: table?.config, table, dead: '' }
}
