import { pathText, type Walk } from '../check/walk.ts'
import { TreeSources } from '../check/sources.ts'
import type { Message, MessageName } from '../message.ts'
import type { Severity } from '../problem.ts'
import type { SemanticContext } from './rule.ts'

type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** The context of one load: problems get the place and the path of the object they are about. */
export class LoadedContext implements SemanticContext {
  readonly bootstrap: Bootstrap | undefined
  readonly clusters: ReadonlySet<string>
  readonly dynamicClusters: boolean
  readonly #walk: Walk
  readonly #root: object
  readonly #sources: TreeSources
  #parents: Map<object, readonly [parent: object, key: string | number]> | undefined

  constructor(walk: Walk, type: string, root: object) {
    this.#walk = walk
    this.#root = root
    this.#sources = new TreeSources(walk.texts, walk.places)
    this.bootstrap = type === 'envoy.config.bootstrap.v3.Bootstrap' ? root : undefined
    this.clusters = new Set(this.bootstrap?.static_resources?.clusters?.map((cluster) => cluster.name ?? ''))
    this.dynamicClusters = this.bootstrap?.dynamic_resources?.cds_config !== undefined
  }

  found<T extends MessageName>(type: T): readonly Message<T>[] {
    return this.#walk.found.get(type) ?? []
  }

  isWritten(node: object, field: string): boolean {
    return this.#sources.positionOf(node, field) !== undefined
  }

  nearest(name: string, names: readonly string[] | ReadonlySet<string>): string | undefined {
    return this.#walk.nearest(name, names)
  }

  say(
    code: string,
    severity: Severity,
    node: object,
    field: string | number | undefined,
    message: string,
    hint = '',
  ): void {
    const place =
      this.#sources.positionOf(node, field) ?? this.#sources.positionOf(node) ?? this.#walk.texts.position(-1)
    const path = this.#pathOf(node)
    if (field !== undefined) path.push(field)
    this.#walk.add({ code, severity, path: pathText(path), ...place, message, hint })
  }

  #pathOf(node: object): (string | number)[] {
    this.#parents ??= parentsOf(this.#root)
    const path: (string | number)[] = []
    for (let at = this.#parents.get(node); at; at = this.#parents.get(at[0])) path.unshift(at[1])
    return path
  }
}

/** Where each object is held; worked out only when there is something to say. */
function parentsOf(root: object): Map<object, readonly [object, string | number]> {
  const parents = new Map<object, readonly [object, string | number]>()
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
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
