export type * from './contracts.ts'
export { decideListener, type DecideListenerOptions, type ListenerDecision } from './decide/decide-listener.ts'
export type { FilterChainInfo, ListenerFilterInfo, ListenerInfo, NetworkFilterInfo } from './decide/listener-info.ts'
export { listenerHonours } from './honours.ts'
export { PROXY_PROTOCOL_STATE, ProxyProtocolState } from './listener-filters/proxy-protocol/index.ts'
export * as listenerFilters from './listener-filters/registry.ts'
export { ListenerStats } from './listener-stats.ts'
export { fileDescriptorLimit, GlobalConnectionLimit } from './live/admission.ts'
export type { AdmissionVerdict, ConnectionAdmission, ListenerContext } from './live/context.ts'
export type { DrainStrategy } from './live/drain.ts'
export { Listener, type UpdateResult } from './live/listener.ts'
export { explainFilterChain, type FilterChainExplanation } from './match/explain.ts'
export type { ConnectionFacts } from './match/filter-chain-table.ts'
export { tlsHonours } from './tls/honours.ts'
export {
  createUpstreamTls,
  type UpstreamHandshake,
  type UpstreamTls,
  type UpstreamTlsOptions,
  type UpstreamTlsWishes,
} from './tls/upstream-tls.ts'
export * as transportSockets from './transport-sockets/registry.ts'
