import { isTree } from '../model/trees.ts'

/**
 * Follows a path into JSON: `a.b[].c[name=x].d`. `[]` goes through a list, `[key=value]` keeps those of a list whose key is
 * that; both answer lists.
 */
export function take(json: unknown, path: string): unknown {
  const segments = path.split(/\.(?![^[]*\])/).flatMap((part) => part.match(/^[^[]+|\[[^\]]*\]/g) ?? [])
  return follow(json, segments)
}

function follow(value: unknown, segments: readonly string[]): unknown {
  const [segment, ...rest] = segments
  if (segment === undefined) return value
  if (!segment.startsWith('[')) return follow(isTree(value) ? value[segment] : undefined, rest)
  const list = Array.isArray(value) ? (value as unknown[]) : []
  const equals = segment.indexOf('=')
  const key = segment.slice(1, equals)
  const wanted = segment.slice(equals + 1, -1)
  const kept = equals < 0 ? list : list.filter((each) => isTree(each) && String(each[key]) === wanted)
  const found = kept.map((each) => follow(each, rest))
  return rest.some((each) => each.startsWith('[')) ? found.flat() : found
}
