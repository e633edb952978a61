import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { FileWatch, NodeTime } from '@nuncio/server'
import { definitionsOf } from './definitions-of.ts'
import { LiveModule } from './live-module.ts'
import { resolveModule } from './resolve.ts'

/** The filters of modules whose files are watched: of each module the newest version that loads. */
export class LiveFilters implements Disposable {
  readonly #names: readonly string[]
  #modules: ReadonlyMap<string, LiveModule> = new Map()
  readonly #watches = new Map<string, FileWatch>()

  private constructor(names: readonly string[]) {
    this.#names = names
  }

  /** Loads the modules; rejects when one cannot be loaded. */
  static async load(names: readonly string[]): Promise<LiveFilters> {
    const filters = new LiveFilters(names)
    await filters.reload()
    return filters
  }

  get definitions(): readonly HttpFilterDefinition[] {
    return [...this.#modules].flatMap(([name, { exports }]) => definitionsOf(exports, name))
  }

  /** Loads all modules anew, or none: when one does not load this rejects, and the versions before stay. */
  async reload(): Promise<void> {
    this.#modules = new Map(await Promise.all(this.#names.map((name) => load(name))))
  }

  /** Calls back when a file of the modules has changed and is whole again; call it again for files that came since. */
  watch(onChange: () => void): void {
    for (const file of [...this.#modules.values()].flatMap(({ files }) => files)) {
      if (!this.#watches.has(file))
        this.#watches.set(file, new FileWatch({ file, time: new NodeTime(), onChange, onMissing: () => {} }))
    }
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch.close()
    this.#watches.clear()
  }
}

async function load(name: string): Promise<readonly [string, LiveModule]> {
  const module = await LiveModule.load(resolveModule(name))
  // One without a filter does not take the place of one that has it.
  definitionsOf(module.exports, name)
  return [name, module]
}
