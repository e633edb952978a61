import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'
import { headerMatcher, stringMatch } from './matchers.ts'
import { predicateOf } from './predicates.ts'

// Role based access control: policies, and trees in their place.

const anyone = { any: true }
const template = {
  name: 't',
  typed_config: { '@type': 'extensions.path.match.uri_template.v3.UriTemplateMatchConfig', path_template: '/{x}/*' },
}

const permission: fc.Arbitrary<Tree> = fc.oneof(
  fc.constant(anyone),
  headerMatcher.map((header) => ({ header })),
  stringMatch.map((path) => ({ url_path: { path } })),
  headerMatcher.map((header) => ({ not_rule: { header } })),
  fc.tuple(headerMatcher, stringMatch).map(([header, path]) => ({
    and_rules: { rules: [{ header }, { not_rule: { url_path: { path } } }] },
  })),
  fc.constant({ destination_ip: { address_prefix: '127.0.0.0', prefix_len: 8 } }),
  fc.constant({ uri_template: template }),
  stringMatch.map((requested_server_name) => ({ requested_server_name })),
  stringMatch.map((string_match) => ({
    metadata: { filter: 'm', path: [{ key: 'k' }], value: { string_match } },
  })),
)

const principal: fc.Arbitrary<Tree> = fc.oneof(
  fc.constant(anyone),
  headerMatcher.map((header) => ({ header })),
  fc
    .constantFrom('remote_ip', 'direct_remote_ip')
    .map((kind) => ({ [kind]: { address_prefix: '1.2.0.0', prefix_len: 16 } })),
  headerMatcher.map((header) => ({ or_ids: { ids: [{ header }, { not_id: { header } }] } })),
  fc.constant({ authenticated: {} }),
  stringMatch.map((path) => ({ url_path: { path } })),
  stringMatch.map((string_match) => ({ filter_state: { key: 'own', string_match } })),
)

const rules: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom('ALLOW', 'DENY', 'LOG'), permission, principal)
  .map(([action, allowed, who]) => ({ action, policies: { one: { permissions: [allowed], principals: [who] } } }))

const NETWORK = 'extensions.matching.common_inputs.network.v3'
const input: fc.Arbitrary<Tree> = fc
  .constantFrom<Tree>(
    ...['x-a', 'x-b', ':path', ':method'].map((header_name) => ({
      '@type': 'type.matcher.v3.HttpRequestHeaderMatchInput',
      header_name,
    })),
    { '@type': `${NETWORK}.SourceIPInput` },
    { '@type': `${NETWORK}.DirectSourceIPInput` },
    { '@type': `${NETWORK}.ServerNameInput` },
    { '@type': `${NETWORK}.FilterStateInput`, key: 'own' },
  )
  .map((typed_config) => ({ name: 'input', typed_config }))

const decision = fc
  .tuple(fc.constantFrom('one', 'two'), fc.constantFrom('ALLOW', 'DENY', 'LOG'))
  .map(([name, action]): Tree => ({
    action: { name: 'action', typed_config: { '@type': 'config.rbac.v3.Action', name, action } },
  }))

const tree: fc.Arbitrary<Tree> = merged(
  fc.array(fc.tuple(predicateOf(input), decision), { minLength: 1, maxLength: 2 }).map((list) => ({
    matcher_list: { matchers: list.map(([predicate, on_match]) => ({ predicate, on_match })) },
  })),
  maybe(decision.map((on_no_match) => ({ on_no_match }))),
)

/** Of the filter and of a route. */
export const accessRules: fc.Arbitrary<Tree> = merged(
  fc.oneof(
    { weight: 3, arbitrary: rules.map((list) => ({ rules: list })) },
    { weight: 2, arbitrary: tree.map((matcher) => ({ matcher })) },
  ),
  maybe(
    fc.oneof(
      rules.map((shadow_rules) => ({ shadow_rules })),
      tree.map((shadow_matcher) => ({ shadow_matcher })),
    ),
  ),
)
