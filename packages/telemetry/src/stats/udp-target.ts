import { isIP } from 'node:net'
import type { Honours, Message } from '@nuncio/config'
import type { StatsSinkContext } from './contracts.ts'
import type { UdpTarget } from './udp-sink.ts'

/** What sinks honour of an address. */
export const addressHonours: Honours = {
  'envoy.config.core.v3.Address': ['socket_address'],
  'envoy.config.core.v3.SocketAddress': ['protocol', 'address', 'port_value'],
}

/** Where datagrams go; undefined after reporting that the address is none for them. */
export function udpTarget(
  address: Message<'envoy.config.core.v3.Address'> | undefined,
  node: object,
  context: StatsSinkContext,
): UdpTarget | undefined {
  const socket = address?.socket_address
  if (socket === undefined || isIP(socket.address ?? '') === 0) {
    const message = 'a sink needs an IP address and a port'
    const hint = 'write address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 8125}}'
    context.report({ code: 'invalid-address', path: 'address', message, hint, node, field: 'address' })
    return undefined
  }
  return { address: socket.address!, port: socket.port_value ?? 0 }
}
