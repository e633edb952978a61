import type { AnyMessage, Message, Problem, Sources } from '@nuncio/config'
import { type KeepAlive, statName } from '@nuncio/core'
import type { ListenerRegistries, NetworkFilterDefinition, Resolved } from '../contracts.ts'
import { compileFilterChains, type ConfigPlace, type Report } from '@nuncio/matching'
import { ProblemList } from '../problems.ts'
import { checkInternal } from '../internal/check-internal.ts'
import { type BindAddress, decideAddress, formatBindAddress } from './addresses.ts'
import type { FilterChainInfo, ListenerFilterInfo, ListenerInfo, NetworkFilterInfo } from './listener-info.ts'
import { needsTlsInspector } from './needs-tls-inspector.ts'
import { decideSocketKeepAlive } from './socket-options.ts'

type ListenerConfig = Message<'envoy.config.listener.v3.Listener'>
type FilterChainConfig = Message<'envoy.config.listener.v3.FilterChain'>

/** What deciding needs beside the configuration. */
export interface DecideListenerOptions<S = unknown> {
  readonly registries: ListenerRegistries<S>
  readonly sources?: Sources | undefined
  /** Where the listener stands in its file, for problems; `static_resources.listeners[0]`. */
  readonly path?: string
}

/** The decision, unless an error stands in its way, and all that is to be said about the configuration. */
export interface ListenerDecision<S = unknown> {
  readonly info: ListenerInfo<S> | undefined
  readonly problems: readonly Problem[]
}

const PROXY_PROTOCOL = 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'
const TLS_INSPECTOR = 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'
/** Envoy has none by default: a client that never ends its handshake would keep its connection for ever. */
const HANDSHAKE_TIMEOUT_MS = 30_000
const RAW_BUFFER = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'

/** Decides what a listener's configuration means; binds nothing, reads no files, starts nothing. */
export function decideListener<S = unknown>(
  config: ListenerConfig,
  options: DecideListenerOptions<S>,
): ListenerDecision<S> {
  const list = new ProblemList(options.sources)
  const path = options.path ?? (config.name ? `listener ${config.name}` : 'listener')
  const { registries } = options
  const addresses = decideAddresses(config, path, list.report)
  const filterChains = (config.filter_chains ?? []).map((chain, i) =>
    decideFilterChain(chain, `${path}.filter_chains[${i}]`, registries, list.report),
  )
  const fallback = config.default_filter_chain
  const info: ListenerInfo<S> = {
    config,
    path,
    name: config.name || (addresses[0] === undefined ? '' : formatBindAddress(addresses[0])),
    internal: config.internal_listener !== undefined,
    statPrefix: config.stat_prefix || defaultPrefix(config, addresses[0]),
    trafficDirection: config.traffic_direction ?? 'UNSPECIFIED',
    metadata: config.metadata,
    bufferLimit: config.per_connection_buffer_limit_bytes ?? 1024 * 1024,
    sources: options.sources,
    addresses,
    bindToPort: (config.bind_to_port ?? true) && (config.deprecated_v1?.bind_to_port ?? true),
    reusePort: config.enable_reuse_port ?? config.reuse_port,
    backlog: config.tcp_backlog_size ?? 128,
    keepAlive: decideKeepAlives(config, path, list.report),
    useOriginalDst: config.use_original_dst ?? false,
    drainType: config.drain_type ?? 'DEFAULT',
    ignoreGlobalConnectionLimit: config.ignore_global_conn_limit ?? false,
    bypassesOverload: config.bypass_overload_manager ?? false,
    listenerFilters: decideListenerFilters(config, path, registries, list.report),
    listenerFiltersTimeoutMs: config.listener_filters_timeout ?? 15_000,
    continueOnListenerFiltersTimeout: config.continue_on_listener_filters_timeout ?? false,
    filterChains,
    defaultFilterChain:
      fallback && decideFilterChain(fallback, `${path}.default_filter_chain`, registries, list.report),
  }
  checkKind(config, path, list.report)
  checkMatches(info, list.place(config, path), list.report)
  return { info: list.hasErrors ? undefined : Object.freeze(info), problems: list.problems }
}

function defaultPrefix(config: ListenerConfig, address: BindAddress | undefined): string {
  if (config.internal_listener !== undefined) return `envoy_internal_${statName(config.name ?? '')}`
  return address === undefined ? '' : statName(formatBindAddress(address))
}

function decideAddresses(config: ListenerConfig, path: string, report: Report): readonly BindAddress[] {
  if (config.internal_listener !== undefined) {
    checkInternal(config, path, report)
    return []
  }
  const first = decideAddress(config.address, `${path}.address`, report)
  const more = (config.additional_addresses ?? []).map((additional, i) =>
    decideAddress(additional.address, `${path}.additional_addresses[${i}].address`, report),
  )
  return [first, ...more].filter((at) => at !== undefined)
}

/** Of each address; an additional one may have its own. */
function decideKeepAlives(config: ListenerConfig, path: string, report: Report): readonly (KeepAlive | undefined)[] {
  const options = config.socket_options ?? []
  const first = decideSocketKeepAlive(config.tcp_keepalive, options, `${path}.socket_options`, report)
  const more = (config.additional_addresses ?? []).map(({ tcp_keepalive: own, socket_options: override }, i) => {
    if (own === undefined && override === undefined) return first
    const at = `${path}.additional_addresses[${i}].socket_options.socket_options`
    return decideSocketKeepAlive(own ?? config.tcp_keepalive, override?.socket_options ?? [], at, report)
  })
  return [first, ...more]
}

/** Kinds of listeners that are not TCP, and a listener without any chain. */
function checkKind(config: ListenerConfig, path: string, report: Report): void {
  for (const field of ['udp_listener_config', 'api_listener'] as const) {
    if (config[field] === undefined) continue
    report({
      code: 'unsupported',
      path: `${path}.${field}`,
      message: `listeners with ${field} are not supported`,
      node: config,
      field,
    })
  }
  if (config.use_original_dst === true) {
    const message =
      'only destinations that PROXY protocol names are known: Node cannot ask for those before a redirection'
    report({
      code: 'unsupported',
      severity: 'warning',
      path: `${path}.use_original_dst`,
      message,
      node: config,
      field: 'use_original_dst',
    })
  }
  if (!config.filter_chains?.length && config.default_filter_chain === undefined) {
    const hint = 'Add filter_chains with at least one network filter.'
    report({ code: 'no-filter-chains', path, message: 'a listener needs a filter chain', hint, node: config })
  }
}

function checkMatches<S>(info: ListenerInfo<S>, place: ConfigPlace, report: Report): void {
  const { path } = place
  const { config, filterChains } = info
  const names = new Set<string>()
  for (const chain of filterChains) {
    if (chain.name === '') continue
    if (names.has(chain.name)) {
      const message = `two filter chains are called "${chain.name}"`
      report({ code: 'duplicate-name', path: `${chain.path}.name`, message, node: chain.config, field: 'name' })
    }
    names.add(chain.name)
  }
  for (const chain of filterChains) {
    for (const field of ['address_suffix', 'suffix_len'] as const) {
      if (!chain.match[field]) continue
      const at = `${chain.path}.filter_chain_match.${field}`
      const message = `${field} is not implemented, in Envoy neither`
      report({ code: 'unsupported', path: at, message, node: chain.match, field })
    }
  }
  const entries = filterChains.map((chain) => ({
    match: chain.match,
    chain,
    name: chain.name || chain.path.slice(path.length + 1),
    path: chain.path,
    node: chain.config,
  }))
  compileFilterChains({ entries, fallback: undefined, matcher: config.filter_chain_matcher }, place, report)
}

/** `use_proxy_proto` of the first chain, which goes for the whole listener as in Envoy. */
function oldProxyProtocol<S>(
  config: ListenerConfig,
  path: string,
  registries: ListenerRegistries<S>,
): ListenerFilterInfo[] {
  if (config.filter_chains?.[0]?.use_proxy_proto !== true) return []
  const definition = registries.listenerFilters.find((one) => one.config.type === PROXY_PROTOCOL)
  const at = `${path}.filter_chains[0].use_proxy_proto`
  return definition === undefined
    ? []
    : [{ definition, config: { '@type': PROXY_PROTOCOL }, path: at, disabled: undefined }]
}

function decideListenerFilters<S>(
  config: ListenerConfig,
  path: string,
  registries: ListenerRegistries<S>,
  report: Report,
): readonly ListenerFilterInfo[] {
  const out: ListenerFilterInfo[] = oldProxyProtocol(config, path, registries)
  for (const [i, filter] of (config.listener_filters ?? []).entries()) {
    const at = `${path}.listener_filters[${i}]`
    const resolved = resolve(registries.listenerFilters, filter, 'listener filter', at, report)
    if (resolved !== undefined) out.push({ ...resolved, path: `${at}.typed_config`, disabled: filter.filter_disabled })
  }
  const inspects = out.some((filter) => filter.config['@type'] === TLS_INSPECTOR)
  if (!inspects && needsTlsInspector(config)) {
    const definition = registries.listenerFilters.find((one) => one.config.type === TLS_INSPECTOR)
    const hint = 'Add envoy.filters.listener.tls_inspector to listener_filters.'
    const message = 'filter chain matches ask for TLS, but no listener filter looks for it'
    if (definition === undefined) report({ code: 'no-tls-inspector', path, message, hint, node: config })
    else {
      report({
        code: 'no-tls-inspector',
        severity: 'info',
        path,
        message: `${message}; it was added`,
        hint,
        node: config,
      })
      out.push({
        definition,
        config: { '@type': TLS_INSPECTOR },
        path: `${path}.listener_filters`,
        disabled: undefined,
      })
    }
  }
  return out
}

function decideFilterChain<S>(
  config: FilterChainConfig,
  path: string,
  registries: ListenerRegistries<S>,
  report: Report,
): FilterChainInfo<S> {
  const written = config.transport_socket ?? {
    name: 'envoy.transport_sockets.raw_buffer',
    typed_config: { '@type': RAW_BUFFER },
  }
  const at = `${path}.transport_socket`
  const transportSocket = resolve(registries.transportSockets, written, 'transport socket', at, report)
  return {
    name: config.name ?? '',
    path,
    config,
    match: config.filter_chain_match ?? {},
    // A missing one is an error, so that nobody gets to use this.
    transportSocket: {
      ...(transportSocket ?? ({} as NonNullable<typeof transportSocket>)),
      path: `${at}.typed_config`,
    },
    transportSocketConnectTimeoutMs: config.transport_socket_connect_timeout ?? HANDSHAKE_TIMEOUT_MS,
    filters: decideNetworkFilters(config, path, registries, report),
  }
}

function decideNetworkFilters<S>(
  config: FilterChainConfig,
  path: string,
  registries: ListenerRegistries<S>,
  report: Report,
): readonly NetworkFilterInfo<S>[] {
  const out: NetworkFilterInfo<S>[] = []
  const last = (config.filters?.length ?? 0) - 1
  for (const [i, filter] of (config.filters ?? []).entries()) {
    const at = `${path}.filters[${i}]`
    const resolved = resolve<NetworkFilterDefinition<unknown, S>>(
      registries.networkFilters,
      filter,
      'network filter',
      at,
      report,
    )
    if (resolved === undefined) continue
    const { definition } = resolved
    if (definition.terminal && i !== last) {
      const hint = 'Move it to the end: filters after it would never run.'
      report({
        code: 'terminal-filter-not-last',
        path: at,
        message: `${definition.name} must be the last network filter`,
        hint,
        node: filter,
      })
    }
    if (!definition.terminal && i === last) {
      const hint =
        'End the chain with envoy.filters.network.tcp_proxy, envoy.filters.network.http_connection_manager or the like.'
      report({
        code: 'no-terminal-filter',
        path: at,
        message: `${definition.name} cannot be the last network filter`,
        hint,
        node: filter,
      })
    }
    out.push({ ...resolved, name: filter.name || definition.name, path: `${at}.typed_config` })
  }
  return out
}

interface Extension {
  readonly name?: string
  readonly typed_config?: AnyMessage
}

/** Finds the definition of an extension by the type of its configuration, as Envoy does; the name is only a label. */
function resolve<D extends { name: string; config: { type: string } }>(
  definitions: readonly D[],
  extension: Extension,
  kind: string,
  path: string,
  report: Report,
): Resolved<D> | undefined {
  const config = extension.typed_config
  if (config === undefined) {
    const hint = 'Write its configuration with the @type of its message.'
    report({
      code: 'missing-typed-config',
      path,
      message: `${kind} "${extension.name}" has no typed_config`,
      hint,
      node: extension,
    })
    return undefined
  }
  const definition = definitions.find((one) => one.config.type === config['@type'])
  if (definition !== undefined) return { definition, config }
  const hint = `This build has ${definitions.map((one) => one.name).join(', ')}.`
  report({
    code: 'unknown-extension',
    path: `${path}.typed_config`,
    message: `no ${kind} takes a ${config['@type']}`,
    hint,
    node: config,
  })
  return undefined
}
