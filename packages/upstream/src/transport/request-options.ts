import type { LoadBalancerContext, ProxiedConnection, TransportOptions } from '@nuncio/cluster'
import { type ConnectionInfo, PROXY_PROTOCOL_STATE, ProxyProtocolState, type Tlv } from '@nuncio/core'
import { hostOf, sniOf } from './names.ts'
import { RequestFact } from './transport.ts'

/** What the connection for one request has to be like, as far as `facts` says that it depends on it. */
export function requestOptions(
  context: LoadBalancerContext | undefined,
  facts: number,
  header: string,
): TransportOptions | undefined {
  if (facts === 0) return undefined
  const authority = context?.headers?.get(header === '' ? ':authority' : header) ?? ''
  const host = hostOf(authority)
  const serverName = (facts & RequestFact.serverName) === 0 ? '' : sniOf(authority)
  const verifyNames = (facts & RequestFact.verifyName) === 0 || host === '' ? [] : [host.toLowerCase()]
  const connection = context?.info?.connection
  const told = (facts & RequestFact.downstreamAddresses) !== 0 && connection !== undefined
  const downstream = told ? proxied(connection) : undefined
  let key = `${serverName} ${verifyNames[0] ?? ''}`
  if (downstream !== undefined) {
    const { source, destination } = downstream
    key += ` ${source.address} ${source.port} ${destination.address} ${destination.port}`
    if ((facts & RequestFact.tlvs) !== 0) key += downstream.tlvs.map(tlvKey).join('')
  }
  if ((facts & RequestFact.downstreamConnection) !== 0) key += ` #${connection?.id ?? 0}`
  return { key, serverName, verifyNames, downstream }
}

/** What a filter left for upstream, or else the connection's own ends. */
function proxied({ filterState, remote, local }: ConnectionInfo): ProxiedConnection {
  const state = filterState?.get(PROXY_PROTOCOL_STATE)
  return state instanceof ProxyProtocolState ? state : { source: remote, destination: local, tlvs: [] }
}

function tlvKey({ type, value }: Tlv): string {
  return ` ${type}=${Buffer.from(value).toString('latin1')}`
}
