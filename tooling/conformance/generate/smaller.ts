import type { Tree } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import type { Pair } from './pairs.ts'

/** Where something lies in a pair: keys of maps and places in lists. */
export type Part = readonly (string | number)[]

/** Keys without which what is around them means nothing. */
const NEEDED = new Set([
  'kind', 'host', 'request', 'raw', 'listener', 'x', 'y', 'headers', 'port',
  'routes', 'match', 'route', 'redirect', 'direct_response', 'status', 'inline_string', 'cluster', 'cluster_header', 'weighted_clusters', 'clusters',
  'weight', 'name', 'header', 'key', 'value', 'prefix', 'path', 'path_separated_prefix', 'safe_regex', 'regex', 'pattern', 'substitution',
  'exact', 'suffix', 'contains', 'start', 'end', 'method', 'string_match', 'x-pick', 'hash_policy', 'load_assignment', 'endpoints', 'lb_policy', 'http_filters', 'body_format', 'text_format_source', 'json_format',
]) // prettier-ignore

/** What is taken away as a whole or not at all. */
const WHOLE =
  /\.v3\.|^(?:filter_chain|metadata_match|internal_redirect_policy|upgrade_configs|early_header_mutation_extensions|path_match_policy|retry_policy|typed_per_filter_config|hash_policy|local_reply_config|load_assignment|endpoints|circuit_breakers|common_lb_config|internal_address_config)$/

/** Everything that may be taken from a pair alone, the largest first. */
export function partsOf(pair: Pair): readonly Part[] {
  const sized = below(pair, []).map((part) => [part, JSON.stringify(valueAt(pair, part)).length] as const)
  return sized.toSorted(([, a], [, b]) => b - a).map(([part]) => part)
}

/** A pair without some of its parts; of a list, one item at least stays. */
export function withoutParts(pair: Pair, parts: readonly Part[]): Pair {
  return kept(pair, [], new Set(parts.map((part) => nameOf(part)))) as Pair
}

const nameOf = (part: Part): string => JSON.stringify(part)

function below(value: unknown, at: Part): readonly Part[] {
  if (Array.isArray(value)) {
    const items = value.length > 1 ? value.map((_, i) => [...at, i]) : []
    return [...items, ...value.flatMap((each, i) => below(each, [...at, i]))]
  }
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    const inside = WHOLE.test(key) ? [] : below(each, [...at, key])
    return NEEDED.has(key) ? inside : [[...at, key], ...inside]
  })
}

function valueAt(value: unknown, part: Part): unknown {
  return part.reduce((inner, key) => (inner as Tree)[key], value) ?? null
}

function kept(value: unknown, at: Part, gone: ReadonlySet<string>): unknown {
  const stays = (key: string | number): boolean => !gone.has(nameOf([...at, key]))
  if (Array.isArray(value)) {
    const left = [...value.keys()].filter((i) => stays(i))
    return (left.length > 0 ? left : [0]).map((i) => kept(value[i], [...at, i], gone))
  }
  if (!isTree(value)) return value
  const left = Object.entries(value).filter(([key]) => stays(key))
  return Object.fromEntries(left.map(([key, each]) => [key, kept(each, [...at, key], gone)]))
}
