import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { predicateOf } from './predicates.ts'
import { virtualHost } from './routes.ts'

// Virtual hosts whose routes are the leaves of a match tree, and route configurations that a scope chooses.

const input = fc.constantFrom('x-a', 'x-b', ':path', ':method', 'cookie').map((header_name) => ({
  name: 'request',
  typed_config: { '@type': 'type.matcher.v3.HttpRequestHeaderMatchInput', header_name },
}))

const predicate = predicateOf(input)

const leaf = (route: Tree): Tree => ({
  action: { name: 'route', typed_config: { '@type': 'config.route.v3.Route', ...route } },
})

/** A tree of these routes: a list of predicates, or a map of values; the last is for what nothing matches. */
function treeOf(routes: readonly Tree[], predicates: readonly Tree[], read: Tree, values: readonly string[], kind: string): Tree {
  const [last, ...others] = routes.map((route) => leaf(route))
  const rest = others.length > 0 ? others : [last!]
  const on_no_match = others.length > 0 ? { on_no_match: last! } : {}
  if (kind === 'list') {
    const matchers = rest.map((on_match, i) => ({ predicate: predicates[i % predicates.length]!, on_match }))
    return { matcher_list: { matchers }, ...on_no_match }
  }
  const map = Object.fromEntries(rest.map((on_match, i) => [values[i % values.length]!, on_match]))
  return { matcher_tree: { input: read, [kind]: { map } }, ...on_no_match }
} // prettier-ignore

/** A virtual host with a tree in the place of its routes. */
export const treeHost: fc.Arbitrary<Tree> = fc
  .record({
    host: virtualHost,
    predicates: fc.array(predicate, { minLength: 4, maxLength: 4 }),
    read: input,
    values: fc.uniqueArray(fc.constantFrom('v', '/a', 'GET', '/', 'V', '/ab'), { minLength: 4, maxLength: 4 }),
    kind: fc.constantFrom('list', 'list', 'exact_match_map', 'prefix_match_map'),
  })
  .map(({ host: { routes, ...others }, predicates, read, values, kind }) => ({
    ...others,
    matcher: treeOf(routes as readonly Tree[], predicates, read, values, kind),
  }))

const fragment: fc.Arbitrary<Tree> = fc
  .oneof(
    fc.constantFrom(0, 1).map((index) => ({ element_separator: ',', index })),
    fc.constant({ index: 0 }),
    fc.constantFrom('k', 'l').map((key) => ({ element_separator: ';', element: { separator: '=', key } })),
  )
  .map((extractor) => ({ header_value_extractor: { name: 'x-scope', ...extractor } }))

/** A listener whose route configuration is chosen by `x-scope`. */
export const scopedListener: fc.Arbitrary<Tree> = fc
  .record({
    fragments: fc.array(fragment, { minLength: 1, maxLength: 2 }),
    keys: fc.uniqueArray(fc.tuple(fc.constantFrom('v', 'w'), fc.constantFrom('v', 'w')), { minLength: 1, maxLength: 2, selector: ([first]) => first }),
    hosts: fc.tuple(virtualHost, virtualHost),
  })
  .map(({ fragments, keys, hosts }) => ({
    hcm: {
      scoped_routes: {
        name: 'scopes',
        scope_key_builder: { fragments },
        scoped_route_configurations_list: {
          scoped_route_configurations: keys.map((key, i) => ({
            name: `scope${i}`,
            key: { fragments: key.slice(0, fragments.length).map((string_key) => ({ string_key })) },
            route_configuration: { name: `routes${i}`, virtual_hosts: [{ name: 'all', domains: ['*'], ...hosts[i] }] },
          })),
        },
      },
    },
  })) // prettier-ignore

/** A request that says its scope. */
export function scoped(request: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc
    .tuple(request, fc.constantFrom('v', 'w', 'v,w', 'w,v', 'k=v', 'k=v;l=w', 'k', 'other', ''))
    .map(([asked, scope]) => ({ ...asked, headers: { ...(asked['headers'] as Tree), 'x-scope': scope } }))
}
