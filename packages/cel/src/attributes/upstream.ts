import { formatAddress } from '@nuncio/core'
import { type AttributeTable, between } from './attribute.ts'
import { tlsAttributes } from './connection.ts'

/** `upstream.*` */
export const upstreamAttributes: AttributeTable = {
  address: ({ info }) => info.upstreamHost?.address,
  port: ({ info }) => portOf(info.upstreamHost?.address),
  local_address: ({ info }) => info.upstreamLocal && formatAddress(info.upstreamLocal),
  transport_failure_reason: ({ info }) => (info.upstreamHost === undefined ? undefined : info.upstreamTransportFailure),
  request_attempt_count: ({ info }) => BigInt(info.attempts),
  cx_pool_ready_duration: ({ info }, make) => between(make, info.tryStartMs, info.firstUpstreamTxMs),
  ...tlsAttributes(({ info }) => info.upstreamTls),
}

/** Undefined for a path. */
function portOf(address: string | undefined): bigint | undefined {
  const port = address === undefined ? null : /:(\d+)$/.exec(address)
  return port === null ? undefined : BigInt(port[1]!)
}
