import type { Message } from '../message.ts'
import type { SemanticRule } from './rule.ts'

/** Two listeners cannot be bound to one address. */
export const uniqueAddresses: SemanticRule = {
  types: [],
  check(context) {
    const seen = new Map<string, string>()
    for (const listener of context.bootstrap?.static_resources?.listeners ?? []) {
      if (listener.bind_to_port === false) continue
      const addresses = [listener.address, ...(listener.additional_addresses?.map(({ address }) => address) ?? [])]
      for (const address of addresses) {
        const text = address && textOf(address)
        if (!address || text === undefined) continue
        const other = seen.get(text)
        if (other !== undefined)
          context.say(
            'duplicate-address',
            'error',
            address,
            undefined,
            `${text} is already the address of ${other}`,
            'each listener needs an address of its own',
          )
        seen.set(text, listener.name ? `listener "${listener.name}"` : 'another listener')
      }
    }
  },
}

function textOf(address: Message<'envoy.config.core.v3.Address'>): string | undefined {
  if (address.pipe?.path) return `unix:${address.pipe.path}`
  const socket = address.socket_address
  // Port 0 is whatever port is free; and a UDP port is another than the TCP port of its number.
  if (!socket?.port_value || socket.address === undefined) return undefined
  const protocol = socket.protocol === 'UDP' ? 'udp://' : ''
  const namespace = socket.network_namespace_filepath ? ` in ${socket.network_namespace_filepath}` : ''
  return `${protocol}${socket.address.includes(':') ? `[${socket.address}]` : socket.address}:${socket.port_value}${namespace}`
}
