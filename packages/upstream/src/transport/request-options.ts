import type { LoadBalancerContext, TransportOptions } from '@nuncio/cluster'
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
  const downstream = told ? { source: connection.remote, destination: connection.local } : undefined
  let key = `${serverName} ${verifyNames[0] ?? ''}`
  if (downstream !== undefined) {
    const { source, destination } = downstream
    key += ` ${source.address} ${source.port} ${destination.address} ${destination.port}`
  }
  if ((facts & RequestFact.downstreamConnection) !== 0) key += ` #${connection?.id ?? 0}`
  return { key, serverName, verifyNames, downstream }
}
