import type { HttpServices } from '../http-services/http-services.ts'

// The contracts of clusters, as they are reached from the services that a network filter is handed.

export type Cluster = NonNullable<ReturnType<HttpServices['clusters']['get']>>
export type LoadBalancerContext = Parameters<Cluster['chooseHost']>[0]
export type Host = NonNullable<ReturnType<Cluster['chooseHost']>>
export type TcpPool = ReturnType<NonNullable<Cluster['tcpPool']>>
export type TcpPoolCallbacks = Parameters<TcpPool['newConnection']>[0]
/** A wish for a connection that can be taken back. */
export type PendingConnection = NonNullable<ReturnType<TcpPool['newConnection']>>
export type PoolFailure = Parameters<TcpPoolCallbacks['onPoolFailure']>[0]
export type HttpPool = ReturnType<Cluster['httpPool']>
export type UpstreamCallbacks = Parameters<HttpPool['newStream']>[0]
export type UpstreamConnection = Parameters<UpstreamCallbacks['onPoolReady']>[2]
export type TcpConnection = Parameters<TcpPoolCallbacks['onPoolReady']>[2]
export type RawReader = NonNullable<TcpConnection['reader']>
