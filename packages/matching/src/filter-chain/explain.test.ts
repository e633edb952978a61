import type { Message } from '@nuncio/config'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { explainFilterChain } from './explain.ts'

const LISTENER = parse(`
address: { socket_address: { address: 10.0.0.1, port_value: 443 } }
filter_chains:
  - name: office
    filter_chain_match: { server_names: ["*.example.com"], source_prefix_ranges: [{ address_prefix: 192.0.2.0, prefix_len: 24 }] }
  - filter_chain_match: { application_protocols: [h2] }
default_filter_chain: {}
`) as Message<'envoy.config.listener.v3.Listener'>

test('tells the way to a chain, rule by rule', () => {
  const remote = { address: '192.0.2.4', port: 1234 }
  expect(explainFilterChain(LISTENER, { serverName: 'WWW.example.com', remote })).toMatchObject({
    chosen: 'office',
    steps: [
      'destination port: any',
      'server name: *.example.com',
      'transport protocol: any',
      'application protocol: any',
      'source IP: 192.0.2.4',
      'source port: any',
      'filter chain: office',
    ],
  })
})

test('names a chain without a name by its place', () => {
  expect(explainFilterChain(LISTENER, { requestedApplicationProtocols: ['h2'] }).chosen).toBe('filter_chains[1]')
})

test('tells which rule nothing fitted, and what happens then', () => {
  expect(explainFilterChain(LISTENER, { serverName: 'a.example.com' })).toMatchObject({
    chosen: 'default_filter_chain',
    steps: [
      'destination port: any',
      'server name: *.example.com',
      'transport protocol: any',
      'application protocol: any',
      'source IP: no rule fits',
      'the default filter chain',
    ],
  })
  const { default_filter_chain: _, ...without } = LISTENER
  expect(explainFilterChain(without, {})).toMatchObject({ chosen: undefined })
})

const TREE = parse(`
filter_chain_matcher:
  matcher_tree:
    input: { name: port, typed_config: { "@type": envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput } }
    exact_match_map:
      map:
        "80": { action: { name: plain, typed_config: { "@type": google.protobuf.StringValue, value: plain } } }
        "443":
          matcher:
            matcher_list:
              matchers:
                - predicate:
                    single_predicate:
                      input: { name: alpn, typed_config: { "@type": envoy.extensions.matching.common_inputs.network.v3.ApplicationProtocolInput } }
                      value_match: { exact: "'h2','http/1.1'" }
                  on_match: { action: { name: tls, typed_config: { "@type": google.protobuf.StringValue, value: tls } } }
        "444": { action: { name: none, typed_config: { "@type": google.protobuf.StringValue, value: none } } }
filter_chains: [{ name: plain }, { name: tls }]
default_filter_chain: {}
`) as Message<'envoy.config.listener.v3.Listener'>

test.each([
  [80, [], 'plain'],
  [443, ['h2', 'http/1.1'], 'tls'],
  [443, ['h2'], 'default_filter_chain'],
  [444, [], undefined],
  [81, [], 'default_filter_chain'],
])('a tree takes port %i with %j to %s', (port, requestedApplicationProtocols, chosen) => {
  const explanation = explainFilterChain(TREE, { local: { address: '10.0.0.1', port }, requestedApplicationProtocols })
  expect(explanation.chosen).toBe(chosen)
  expect(explanation.steps.length).toBeGreaterThan(1)
})
