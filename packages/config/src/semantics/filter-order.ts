import { typeNameOf } from '../schema/names.ts'
import type { AnyMessage } from '../values.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

/** Filters after which nothing comes, by their message. */
const TERMINAL_HTTP = new Set(['envoy.extensions.filters.http.router.v3.Router'])
const TERMINAL_NETWORK = new Set(
  [
    'http_connection_manager.v3.HttpConnectionManager',
    'tcp_proxy.v3.TcpProxy',
    'echo.v3.Echo',
    'direct_response.v3.Config',
    'redis_proxy.v3.RedisProxy',
    'thrift_proxy.v3.ThriftProxy',
    'dubbo_proxy.v3.DubboProxy',
    'generic_proxy.v3.GenericProxy',
    'reverse_tunnel.v3.ReverseTunnel',
  ].map((name) => `envoy.extensions.filters.network.${name}`),
)

interface Filter {
  readonly name?: string
  readonly typed_config?: AnyMessage
  readonly config_discovery?: object
}

/** A chain of filters ends with one that answers or forwards, and has no such filter before its end. */
export const filterOrder: SemanticRule = {
  types: [
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    'envoy.config.listener.v3.FilterChain',
  ],
  check(context) {
    for (const manager of context.found(
      'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    )) {
      const filters = (manager.http_filters ?? []).filter((filter) => filter.disabled !== true)
      checkChain(context, manager, 'http_filters', filters, TERMINAL_HTTP, 'HTTP filter')
    }
    for (const chain of context.found('envoy.config.listener.v3.FilterChain')) {
      if ((chain.filters ?? []).length > 0)
        checkChain(context, chain, 'filters', chain.filters!, TERMINAL_NETWORK, 'network filter')
    }
  },
}

function checkChain(
  context: SemanticContext,
  owner: object,
  field: string,
  filters: readonly Filter[],
  terminal: ReadonlySet<string>,
  what: string,
): void {
  const isTerminal = (filter: Filter): boolean => terminal.has(filter.typed_config?.['@type'] ?? '')
  for (const filter of filters.slice(0, -1)) {
    if (isTerminal(filter))
      context.say(
        'filter-order',
        'error',
        filter,
        undefined,
        `${nameOf(filter)} has to be the last ${what}`,
        'move it to the end',
      )
  }
  const last = filters.at(-1)
  // What discovery will bring, or an unreadable config, may be terminal.
  if (last && (isTerminal(last) || last.typed_config === undefined)) return
  if (!last)
    context.say('filter-order', 'error', owner, field, `there is no ${what}`, 'the router filter has to be there')
  else
    context.say(
      'filter-order',
      'error',
      last,
      undefined,
      `the last ${what}, ${nameOf(last)}, neither answers nor forwards`,
      `end with ${[...terminal].slice(0, 2).map(shortType).join(' or ')}`,
    )
}

function nameOf(filter: Filter): string {
  return `"${filter.name ?? filter.typed_config?.['@type'] ?? ''}"`
}

function shortType(name: string): string {
  return typeNameOf(name).split('.').at(-1)!
}
