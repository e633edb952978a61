import { formatAddress, isNamedAddress, parseInternalAddress, type SocketAddress } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import { maskAddress } from './mask.ts'
import { numberOf, type OperatorDefinition, type OperatorTable, textOf, withArgs } from './definition.ts'

type AddressOf = (context: FormatContext) => SocketAddress | undefined

const remote: AddressOf = (context) => context.info.remote
const directRemote: AddressOf = (context) => context.info.connection.directRemote
const local: AddressOf = (context) => context.info.connection.local
const directLocal: AddressOf = (context) => context.info.connection.directLocal ?? context.info.connection.local
const upstreamLocal: AddressOf = (context) => context.info.upstreamLocal

/** Operators that print addresses and ports of both sides. */
export const addressOperators: OperatorTable = {
  ...family('DOWNSTREAM_REMOTE', remote),
  ...family('DOWNSTREAM_DIRECT_REMOTE', directRemote),
  ...family('DOWNSTREAM_LOCAL', local),
  ...family('DOWNSTREAM_DIRECT_LOCAL', directLocal),
  ...family('UPSTREAM_LOCAL', upstreamLocal),
  ...family('UPSTREAM_REMOTE', upstreamRemote),
  UPSTREAM_HOST: textOf((context) => context.info.upstreamHost?.address),
  UPSTREAM_HOST_NAME: textOf(hostName),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: textOf((context) => {
    const name = hostName(context)
    return name === undefined ? undefined : splitPort(name).address
  }),
  UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID: endpointId(upstreamRemote),
  DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID: endpointId(local),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID: endpointId(directLocal),
}

/** Only addresses of internal listeners have one. */
function endpointId(read: AddressOf): OperatorDefinition {
  const compile = () => (context: FormatContext) => {
    const address = read(context)
    return address === undefined ? undefined : (parseInternalAddress(address.address)?.endpointId ?? '')
  }
  return { ...textOf(() => undefined), compile }
}

function family(name: string, read: AddressOf): Readonly<Record<string, OperatorDefinition>> {
  return {
    [`${name}_ADDRESS`]: textOf((context) => {
      const address = read(context)
      return address === undefined ? undefined : formatAddress(address)
    }),
    [`${name}_ADDRESS_WITHOUT_PORT`]: withoutPort(read),
    [`${name}_PORT`]: numberOf((context) => {
      const address = read(context)
      return address === undefined || isNamedAddress(address.address) ? undefined : address.port
    }),
  }
}

/** `%…_WITHOUT_PORT%`, or `%…_WITHOUT_PORT(24)%` for the network of that many bits. */
function withoutPort(read: AddressOf): OperatorDefinition {
  return withArgs('optional', false, (args) => {
    const bits = /^\d{1,3}$/.test(args) ? Number(args) : undefined
    if (bits === undefined) return (context) => read(context)?.address
    return (context) => {
      const address = read(context)
      return address === undefined ? undefined : maskAddress(address.address, bits)
    }
  })
}

/** The peer of the upstream connection: there is none when no connection came about, even if a host was chosen. */
function upstreamRemote(context: FormatContext): SocketAddress | undefined {
  const { upstreamHost, upstreamLocal: mine, upstreamRemote: other } = context.info
  return upstreamHost === undefined || mine === undefined ? undefined : (other ?? splitPort(upstreamHost.address))
}

function hostName(context: FormatContext): string | undefined {
  const host = context.info.upstreamHost
  return host === undefined ? undefined : host.hostname === '' ? host.address : host.hostname
}

export function splitPort(text: string): SocketAddress {
  const colon = text.lastIndexOf(':')
  if (
    isNamedAddress(text) ||
    colon < 0 ||
    (text.includes(':', 0) && text.indexOf(':') !== colon && !text.startsWith('['))
  ) {
    return { address: text, port: 0 }
  }
  const port = Number(text.slice(colon + 1))
  if (!Number.isInteger(port)) return { address: text, port: 0 }
  const host = text.slice(0, colon)
  return { address: host.startsWith('[') ? host.slice(1, -1) : host, port }
}
