import type { SocketAddress } from '@nuncio/core'
import type { Listener } from './listener.ts'

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** The listener for an address, bound or not (`bind_to_port`): of the address itself, or else of all addresses with its port. */
export function listenerAt<S>(listeners: readonly Listener<S>[], local: SocketAddress): Listener<S> | undefined {
  const { address, port } = local
  const at = (fits: (own: string) => boolean): Listener<S> | undefined =>
    listeners.find((listener) => addressesOf(listener).some((own) => own.port === port && fits(own.address)))
  return at((own) => own === address) ?? at((own) => WILDCARDS.has(own))
}

function addressesOf<S>({ addresses, info }: Listener<S>): readonly SocketAddress[] {
  return info.bindToPort ? addresses : info.addresses
}
