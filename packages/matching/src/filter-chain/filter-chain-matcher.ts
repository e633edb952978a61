import type { AnyMessage, Message } from '@nuncio/config'
import type { ConfigPlace } from '../place/config-place.ts'
import type { InputRegistry, MatchInput } from '../tree/inputs.ts'
import { compileMatchTree, type MatchTree } from '../tree/match-tree.ts'
import { type ConnectionFacts, isLocalSource } from './filter-chain-table.ts'

type Config = Message<'xds.type.matcher.v3.Matcher'>

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3.'
const STRING_VALUE = 'google.protobuf.StringValue'

// What a tree may ask of a connection that has no filter chain yet: what listener filters found, not what a handshake
// agreed on.
const INPUTS: InputRegistry<ConnectionFacts> = new Map([
  input('DestinationIPInput', 'destination IP', (facts) => facts.local.address),
  input('DestinationPortInput', 'destination port', (facts) => String(facts.local.port)),
  input('SourceIPInput', 'source IP', (facts) => facts.remote.address),
  input('SourcePortInput', 'source port', (facts) => String(facts.remote.port)),
  input('DirectSourceIPInput', 'direct source IP', (facts) => facts.directRemote.address),
  input('SourceTypeInput', 'source type', (facts) => (isLocalSource(facts) ? 'local' : undefined)),
  input('ServerNameInput', 'server name', (facts) => facts.serverName || undefined),
  input('TransportProtocolInput', 'transport protocol', (facts) => facts.detectedTransportProtocol || undefined),
  input('ApplicationProtocolInput', 'application protocols', (facts) =>
    quotedList(facts.requestedApplicationProtocols),
  ),
])

function input(
  name: string,
  words: string,
  get: (facts: ConnectionFacts) => string | undefined,
): [string, (config: AnyMessage) => MatchInput<ConnectionFacts>] {
  const made: MatchInput<ConnectionFacts> = { get, describe: () => words }
  return [NETWORK + name, () => made]
}

/** `'h2','http/1.1'`, as Envoy shows the list to its matchers. */
function quotedList(protocols: readonly string[]): string | undefined {
  return protocols.length === 0 ? undefined : protocols.map((protocol) => `'${protocol}'`).join(',')
}

/** Compiles `filter_chain_matcher`: a tree whose actions name filter chains. */
export function compileFilterChainMatcher<T>(
  config: Config,
  place: ConfigPlace,
  chains: ReadonlyMap<string, T>,
): MatchTree<ConnectionFacts, { readonly chain: T | undefined; readonly name: string }> {
  return compileMatchTree(config, place, {
    inputs: INPUTS,
    action: (action, _, at) => {
      if (action['@type'] !== STRING_VALUE) {
        at.error('unknown-extension', `a filter chain matcher's action is a ${STRING_VALUE}, not a ${action['@type']}`)
        return undefined
      }
      const name = (action as { readonly value?: string }).value ?? ''
      if (!chains.has(name))
        at.warn('dangling-reference', `no filter chain is called "${name}": connections that get here are closed`)
      return { chain: chains.get(name), name }
    },
  })
}
