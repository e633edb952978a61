import { pathText } from '../check/walk.ts'

type Parents = Map<object, readonly [parent: object, key: string | number]>

/** Tells the path of each object of configurations: `static_resources.listeners[0]`. Works it out when first asked. */
export class Paths {
  readonly #roots: readonly (object | undefined)[]
  #parents: Parents | undefined

  constructor(roots: readonly (object | undefined)[]) {
    this.#roots = roots
  }

  /** Of an object, or of a field of it; '' for a root, and for what is not below one. */
  of(node: object, field?: string | number): string {
    const steps: (string | number)[] = field === undefined ? [] : [field]
    const parents = (this.#parents ??= parentsOf(this.#roots))
    for (let at = parents.get(node); at !== undefined; at = parents.get(at[0])) steps.unshift(at[1])
    return pathText(steps)
  }

  /** The message or list that holds an object; undefined for a root. */
  parentOf(node: object): object | undefined {
    return (this.#parents ??= parentsOf(this.#roots)).get(node)?.[0]
  }
}

function parentsOf(roots: readonly (object | undefined)[]): Parents {
  const parents: Parents = new Map()
  const open = roots.filter((root) => root !== undefined)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const list = Array.isArray(node)
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array || parents.has(value as object))
        continue
      parents.set(value as object, [node, list ? Number(key) : key])
      open.push(value as object)
    }
  }
  return parents
}
