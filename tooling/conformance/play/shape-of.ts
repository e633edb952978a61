import { isTree } from '../model/trees.ts'

/** What JSON is made of: the kind of each value; of a list the distinct shapes of its items. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const shapes = value.map((each) => JSON.stringify(shapeOf(each)))
    return [...new Set(shapes)].toSorted().map((each) => JSON.parse(each) as unknown)
  }
  if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]))
  return value === null ? 'null' : typeof value
}
