import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import type { Pair } from './pairs.ts'

/** Keys without which what is around them means nothing. */
const NEEDED = new Set([
  'routes', 'match', 'route', 'redirect', 'direct_response', 'status', 'inline_string', 'cluster', 'cluster_header', 'weighted_clusters', 'clusters',
  'weight', 'name', 'header', 'key', 'value', 'prefix', 'path', 'path_separated_prefix', 'safe_regex', 'regex', 'pattern', 'substitution',
  'exact', 'suffix', 'contains', 'start', 'end', 'method', 'port', 'string_match', 'x-pick', 'load_assignment', 'endpoints', 'lb_policy', 'http_filters', 'body_format', 'text_format_source', 'json_format',
]) // prettier-ignore

/** What is taken away as a whole or not at all. */
const WHOLE =
  /\.v3\.|^(?:filter_chain|metadata_match|internal_redirect_policy|upgrade_configs|early_header_mutation_extensions|path_match_policy|retry_policy|typed_per_filter_config|hash_policy|local_reply_config|load_assignment|endpoints|circuit_breakers|common_lb_config|internal_address_config)$/

/** Everything that is one step smaller: an optional key less, or an item less of a list that has more. */
export function smaller(pair: Pair): readonly Pair[] {
  const { host, request, listener, clusters } = pair
  return [
    ...without(host).map((each) => ({ ...pair, host: each as Tree })),
    ...without(listener).map((each) => ({ ...pair, listener: each as Tree })),
    ...without(clusters.x).map((x) => ({ ...pair, clusters: { ...clusters, x: x as Tree } })),
    ...without(clusters.y).map((y) => ({ ...pair, clusters: { ...clusters, y: y as Tree } })),
    ...lessOf(pair),
    ...(without(request) as Tree[]).filter((each) => 'headers' in each).map((each) => ({ ...pair, request: each })),
  ]
}

/** The replies without one, or none. */
function lessOf({ replies, ...pair }: Pair): readonly Pair[] {
  if (replies === undefined) return []
  return [pair, ...(without(replies) as (readonly Tree[])[]).map((fewer) => ({ ...pair, replies: fewer }))]
}

function without(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const fewer = value.length > 1 ? value.map((_, i) => value.toSpliced(i, 1) as unknown) : []
    return [...fewer, ...value.flatMap((each, i) => without(each).map((small) => value.with(i, small) as unknown))]
  }
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    const inside = WHOLE.test(key) ? [] : without(each).map((small) => ({ ...value, [key]: small }))
    if (NEEDED.has(key)) return inside
    const { [key]: _left, ...rest } = value
    return [rest, ...inside]
  })
}
