import type { Walk } from '../check/walk.ts'
import { TreeSources } from '../check/sources.ts'
import type { Message, MessageName } from '../message.ts'
import type { Severity } from '../problem.ts'
import { Paths } from './paths.ts'
import type { SemanticContext } from './rule.ts'

type Bootstrap = Message<'envoy.config.bootstrap.v3.Bootstrap'>

/** The context of one load: problems get the place and the path of the object they are about. */
export class LoadedContext implements SemanticContext {
  readonly bootstrap: Bootstrap | undefined
  readonly clusters: ReadonlySet<string>
  readonly dynamicClusters: boolean
  readonly #walk: Walk
  readonly #sources: TreeSources
  readonly #paths: Paths

  constructor(walk: Walk, type: string, root: object) {
    this.#walk = walk
    this.#paths = new Paths([root])
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
    this.#walk.add({ code, severity, path: this.#paths.of(node, field), ...place, message, hint })
  }
}
