import type { SocketAddress } from '@nuncio/core'
import type { BindAddress } from '@nuncio/listener'

/** Whether an address is a Unix socket's: a path, or `@name` for an abstract one. */
export function isUnixAddress(address: string): boolean {
  return address.startsWith('/') || address.startsWith('@')
}

/** An address with nothing special about it. */
export function bindAddress({ address, port }: SocketAddress): BindAddress {
  return { address, port, unix: isUnixAddress(address), mode: 0, ipv4Compat: false }
}
