import type { StreamInfo, UpstreamHostInfo } from '@nuncio/core'
import { splitPort } from './address.ts'
import { type OperatorDefinition, type OperatorTable, textOf } from './definition.ts'

const addressOf = (host: UpstreamHostInfo): string => host.address
const nameOfHost = (host: UpstreamHostInfo): string => (host.hostname === '' ? host.address : host.hostname)
const withoutPort = (text: string): string => splitPort(text).address

/** Operators about all tries of a request, the present one behind those that were given up. */
export const tryOperators: OperatorTable = {
  UPSTREAM_HOSTS_ATTEMPTED: hosts(addressOf),
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT: hosts((host) => withoutPort(addressOf(host))),
  UPSTREAM_HOST_NAMES_ATTEMPTED: hosts(nameOfHost),
  UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT: hosts((host) => withoutPort(nameOfHost(host))),
  UPSTREAM_CONNECTION_IDS_ATTEMPTED: textOf(({ info }) => connectionIds(info)),
}

function hosts(print: (host: UpstreamHostInfo) => string): OperatorDefinition {
  return textOf(({ info: { earlierTries, upstreamHost } }) => {
    if (upstreamHost === undefined) return undefined
    const last = print(upstreamHost)
    return earlierTries === undefined ? last : [...earlierTries.map(({ host }) => print(host)), last].join(',')
  })
}

function connectionIds({ earlierTries, upstreamConnectionId }: StreamInfo): string {
  const ids = [...(earlierTries ?? []).map(({ connectionId }) => connectionId), upstreamConnectionId]
  return ids.filter((id) => id > 0).join(',')
}
