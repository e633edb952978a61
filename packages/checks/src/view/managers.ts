import { isMessage, type Message } from '@nuncio/config'

export type Listener = Message<'envoy.config.listener.v3.Listener'>
export type FilterChain = Message<'envoy.config.listener.v3.FilterChain'>
export type Hcm = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** An HTTP connection manager and where it stands. */
export interface ManagerView {
  readonly listener: Listener
  readonly chain: FilterChain
  /** Whether the chain is the listener's `default_filter_chain`. */
  readonly isDefaultChain: boolean
  readonly config: Hcm
}

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** All connection managers of listeners, in the order of the configuration. */
export function managersOf(listeners: readonly Listener[]): readonly ManagerView[] {
  return listeners.flatMap((listener) => [
    ...(listener.filter_chains ?? []).flatMap((chain) => managersIn(listener, chain, false)),
    ...(listener.default_filter_chain === undefined ? [] : managersIn(listener, listener.default_filter_chain, true)),
  ])
}

function managersIn(listener: Listener, chain: FilterChain, isDefaultChain: boolean): ManagerView[] {
  return (chain.filters ?? []).flatMap(({ typed_config: config }) =>
    isMessage(config, HCM) ? [{ listener, chain, isDefaultChain, config }] : [],
  )
}

/** The address of a listener as a reader writes it: `0.0.0.0:80`, a path, or ''. */
export function addressText(address: Message<'envoy.config.core.v3.Address'> | undefined): string {
  const socket = address?.socket_address
  if (socket === undefined) return address?.pipe?.path ?? address?.envoy_internal_address?.server_listener_name ?? ''
  const host = socket.address ?? ''
  return `${host.includes(':') ? `[${host}]` : host}:${socket.port_value ?? socket.named_port ?? 0}`
}

/** How a listener is called in sentences: its name, else its address. */
export function listenerName(listener: Listener): string {
  return listener.name !== undefined && listener.name !== '' ? listener.name : addressText(listener.address)
}
