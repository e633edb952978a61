import type { Message } from '@nuncio/config'
import { configPlace } from '../place/config-place.ts'
import { compileFilterChains } from './filter-chain-selector.ts'
import type { ConnectionFacts } from './filter-chain-table.ts'

/** How a connection came to its filter chain. */
export interface FilterChainExplanation {
  /** The chain's name, or its place (`filter_chains[0]`); `default_filter_chain`; undefined: the connection is closed. */
  readonly chosen: string | undefined
  /** The chosen chain as written. */
  readonly chain: Message<'envoy.config.listener.v3.FilterChain'> | undefined
  /** One line for each rule that was asked, in order. */
  readonly steps: readonly string[]
}

/** Which filter chain of a listener a connection would get by its configuration, and why. */
export function explainFilterChain(
  listener: Message<'envoy.config.listener.v3.Listener'>,
  facts: Partial<ConnectionFacts>,
): FilterChainExplanation {
  const entries = (listener.filter_chains ?? []).map((chain, i) => {
    const name = chain.name || `filter_chains[${i}]`
    return { match: chain.filter_chain_match ?? {}, chain: { name, chain }, name, path: name }
  })
  const fallback = listener.default_filter_chain && {
    name: 'default_filter_chain',
    chain: listener.default_filter_chain,
  }
  const place = configPlace(listener, { report: () => {} })
  const table = compileFilterChains({ entries, fallback, matcher: listener.filter_chain_matcher }, place, () => {})
  const steps: string[] = []
  const chosen = table.find(completeFacts(listener, facts), steps)
  return { chosen: chosen?.name, chain: chosen?.chain, steps }
}

/** Fills in what was left out: the listener's own address, a peer on loopback, no TLS. */
function completeFacts(
  listener: Message<'envoy.config.listener.v3.Listener'>,
  facts: Partial<ConnectionFacts>,
): ConnectionFacts {
  const socket = listener.address?.socket_address
  const local = facts.local ?? {
    address: socket?.address ?? listener.address?.pipe?.path ?? '127.0.0.1',
    port: socket?.port_value ?? 0,
  }
  const remote = facts.remote ?? facts.directRemote ?? { address: '127.0.0.1', port: 0 }
  return {
    local,
    remote,
    directRemote: facts.directRemote ?? remote,
    serverName: (facts.serverName ?? '').toLowerCase(),
    detectedTransportProtocol: facts.detectedTransportProtocol ?? '',
    requestedApplicationProtocols: facts.requestedApplicationProtocols ?? [],
  }
}
