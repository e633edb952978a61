import { isTree } from '../model/trees.ts'
import { type Path, withValue } from './places.ts'

/** Paths of everything that may be taken away, what holds most first. */
function removable(tree: unknown, path: Path = []): readonly Path[] {
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(tree)
    ? tree.map((each, i) => [i, each] as const)
    : isTree(tree)
      ? Object.entries(tree)
      : []
  const own = entries.map(([step]) => [...path, step])
  return [...own, ...entries.flatMap(([step, value]) => removable(value, [...path, step]))]
}

const depth = (line: string): number => line.search(/[^ ]/)

/** The lines of a file without each line and what is indented below it, the largest blocks first. */
export function blocks(lines: readonly string[]): readonly (readonly string[])[] {
  return lines
    .map((line, from) => {
      const end = lines.findIndex((each, i) => i > from && depth(each) <= depth(line))
      return { from, end: end < 0 ? lines.length : end }
    })
    .toSorted((a, b) => b.end - b.from - (a.end - a.from))
    .map(({ from, end }) => lines.toSpliced(from, end - from))
}

/** The trees that are one step smaller than a tree. */
function smallerTrees<T>(tree: T): readonly T[] {
  return removable(tree).map((path) => withValue(tree, path, undefined))
}

/** What is left of something when all is taken away that a difference does not need; `holds` says whether it is still there. */
export async function lessened<T>(
  whole: T,
  holds: (smaller: T) => Promise<boolean>,
  smaller: (whole: T) => readonly T[] = smallerTrees,
): Promise<T> {
  let least = whole
  for (let at = 0; ;) {
    const next = smaller(least)[at]
    if (next === undefined) return least
    if (await holds(next)) least = next
    else at++
  }
}
