import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import type { Pair } from './pairs.ts'

/** Keys without which what is around them means nothing. */
const NEEDED = new Set([
  'routes', 'match', 'route', 'redirect', 'direct_response', 'status', 'inline_string', 'cluster', 'cluster_header', 'weighted_clusters', 'clusters',
  'weight', 'name', 'header', 'key', 'value', 'prefix', 'path', 'path_separated_prefix', 'safe_regex', 'regex', 'pattern', 'substitution',
  'exact', 'suffix', 'contains', 'start', 'end', 'method', 'listener', 'string_match', 'x-pick',
]) // prettier-ignore

/** Everything that is one step smaller: an optional key less, or an item less of a list that has more. */
export function smaller({ host, request }: Pair): readonly Pair[] {
  const plain = request['listener'] === 'main' ? [] : [{ host, request: { ...request, listener: 'main' } }]
  return [
    ...plain,
    ...without(host).map((each) => ({ host: each as Tree, request })),
    ...(without(request) as Tree[]).filter((each) => 'headers' in each).map((each) => ({ host, request: each })),
  ]
}

function without(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const fewer = value.length > 1 ? value.map((_, i) => value.toSpliced(i, 1) as unknown) : []
    return [...fewer, ...value.flatMap((each, i) => without(each).map((small) => value.with(i, small) as unknown))]
  }
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    const inside = without(each).map((small) => ({ ...value, [key]: small }))
    if (NEEDED.has(key)) return inside
    const { [key]: _left, ...rest } = value
    return [rest, ...inside]
  })
}
