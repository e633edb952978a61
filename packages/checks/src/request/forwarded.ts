import type { RequestHeaderTable, SocketAddress } from '@nuncio/core'
import type { Hcm } from '../view/managers.ts'

/** The client as the connection manager sees it. */
export interface TrustedClient {
  readonly remote: SocketAddress
  readonly internal: boolean
  /** An external request at the edge: nothing that it says of itself is believed. */
  readonly edge: boolean
}

type InternalAddress = (ip: string) => boolean

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', 'fc00::/7', '::1/128']
const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F:.]+\]?)$/

/** Which addresses `internal_address_config` calls internal: none when it is not set, private ones when it is empty. */
export function internalAddresses(
  config: Hcm['internal_address_config'],
  contains: (ranges: readonly string[]) => InternalAddress,
): InternalAddress {
  if (config === undefined) return () => false
  const ranges = (config.cidr_ranges ?? []).map((range) => `${range.address_prefix ?? ''}/${range.prefix_len ?? 0}`)
  return contains(ranges.length > 0 ? ranges : PRIVATE)
}

/** Who the client is, by the peer and what x-forwarded-for tells before it is added to. */
export function trustedClient(
  config: Hcm,
  headers: RequestHeaderTable,
  peer: SocketAddress,
  isInternal: InternalAddress,
): TrustedClient {
  const list = headers.getJoined('x-forwarded-for')
  const hops = config.xff_num_trusted_hops ?? 0
  if (config.use_remote_address === true) {
    const remote = list !== undefined && hops > 0 ? (entryFromRight(list, hops - 1) ?? peer) : peer
    const internal = list === undefined && isInternal(peer.address)
    return { remote, internal, edge: !internal }
  }
  const remote = list === undefined ? peer : (entryFromRight(list, hops) ?? peer)
  return { remote, internal: list !== undefined && !list.includes(',') && isInternal(list.trim()), edge: false }
}

function entryFromRight(list: string, fromRight: number): SocketAddress | undefined {
  const entry = list
    .split(',')
    .at(-1 - fromRight)
    ?.trim()
  return entry !== undefined && IP.test(entry) ? { address: entry.replace(/^\[|\]$/g, ''), port: 0 } : undefined
}

const NEVER_FROM_OUTSIDE = ['x-envoy-internal', 'x-forwarded-client-cert'] as const
const INTERNAL_ONLY = [
  'x-envoy-retriable-status-codes', 'x-envoy-retriable-header-names', 'x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries',
  'x-envoy-upstream-alt-stat-name', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-force-trace', 'x-envoy-ip-tags',
  'x-envoy-original-url', 'x-envoy-hedge-on-per-try-timeout', 'x-envoy-external-address',
] as const // prettier-ignore
const BEHIND_THE_EDGE = [
  'x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node', 'x-envoy-original-path', 'x-envoy-original-host',
] as const // prettier-ignore

/** Takes out what the client may not say; answers the names that were there. */
export function removeUntrusted(
  headers: RequestHeaderTable,
  client: TrustedClient,
  internalOnly: readonly string[],
): string[] {
  const banned = [
    ...NEVER_FROM_OUTSIDE,
    ...(client.internal ? [] : [...INTERNAL_ONLY, ...internalOnly]),
    ...(client.edge ? BEHIND_THE_EDGE : []),
  ]
  return banned.filter((name) => headers.remove(name))
}
