/** Pieces of configuration for filters with matchers. */
const TYPE = 'type.googleapis.com/envoy'
const typed = (type: string, fields = ''): string =>
  `{ name: x, typed_config: { "@type": ${TYPE}.${type}${fields === '' ? '' : `, ${fields}`} } }`

export const SKIP = `{ action: ${typed('extensions.filters.common.matcher.action.v3.SkipFilter')} }`
export const execute = (fields: string): string =>
  `{ action: ${typed('extensions.filters.http.composite.v3.ExecuteFilterAction', fields)} }`
/** A filter that adds a header to requests and responses. */
export const mutation = (header: string): string =>
  typed(
    'extensions.filters.http.header_mutation.v3.HeaderMutation',
    `mutations: { request_mutations: [{ append: { header: { key: ${header}, value: "1" } } }], response_mutations: [{ append: { header: { key: ${header}, value: "1" } } }] }`,
  )
export const buffered = (bytes: number): string =>
  typed('extensions.filters.http.buffer.v3.Buffer', `max_request_bytes: ${bytes}`)
export const compositeWith = (fields = ''): string => typed('extensions.filters.http.composite.v3.Composite', fields)

/** Predicates on the request's header x-do, and the response's x-said. */
export const does = (value: string): string =>
  `{ single_predicate: { input: ${typed('type.matcher.v3.HttpRequestHeaderMatchInput', 'header_name: x-do')}, value_match: { exact: ${value} } } }`
export const said = (value: string): string =>
  `{ single_predicate: { input: ${typed('type.matcher.v3.HttpResponseHeaderMatchInput', 'header_name: x-said')}, value_match: { exact: ${value} } } }`

/** A matcher of pairs of a predicate and what happens then. */
export const matcher = (...pairs: readonly (readonly [predicate: string, then: string])[]): string =>
  `{ matcher_list: { matchers: [${pairs.map(([predicate, then]) => `{ predicate: ${predicate}, on_match: ${then} }`).join(', ')}] } }`
export const wrapping = (extension: string, tree: string): string =>
  `{ extension_config: ${extension}, xds_matcher: ${tree} }`
export const perRoute = (tree: string): string =>
  `"@type": ${TYPE}.extensions.common.matching.v3.ExtensionWithMatcherPerRoute\nxds_matcher: ${tree}`
