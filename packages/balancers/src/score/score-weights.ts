import { NuncioError, type Runtime } from '@nuncio/core'
import type { WeighedTerm } from './score-terms.ts'

/** Where the weight of a term comes from: `set` while it runs, the `runtime`, or the `configuration`. */
export interface ScoreWeight {
  readonly weight: number
  readonly from: 'set' | 'runtime' | 'configuration'
  /** The runtime key that overrides what is configured. */
  readonly runtimeKey: string
}

/**
 * The weights of a score's terms while it runs. What was set wins over the runtime (`score.<cluster>.<term>.weight`), and
 * that over the configuration.
 */
export class ScoreWeights {
  readonly #terms: readonly WeighedTerm[]
  readonly #configured: readonly number[]
  readonly #keys: readonly string[]
  readonly #runtime: Runtime
  readonly #set = new Map<string, number>()
  #version: number | undefined

  constructor(terms: readonly WeighedTerm[], runtime: Runtime, cluster: string) {
    this.#terms = terms
    this.#configured = terms.map(({ weight }) => weight)
    this.#keys = terms.map(({ name }) => `score.${cluster}.${name}.weight`)
    this.#runtime = runtime
    this.#apply()
  }

  /** Data side: takes over what moved in the runtime since the last call. */
  follow(): void {
    if (this.#runtime.version !== this.#version) this.#apply()
  }

  /** The weights as they are now. */
  current(): Readonly<Record<string, ScoreWeight>> {
    this.follow()
    return Object.fromEntries(
      this.#terms.map(({ name, weight }, i) => {
        const runtimeKey = this.#keys[i]!
        const from = this.#set.has(name) ? 'set' : this.#inRuntime(i) === undefined ? 'configuration' : 'runtime'
        return [name, { weight, from, runtimeKey }]
      }),
    )
  }

  /**
   * Sets weights from the next pick on; undefined goes back to the runtime or the configuration, and terms that are not
   * named keep theirs. Throws `ERR_NUNCIO_SCORE_TERM` for a term that there is not, or for a weight that is no finite
   * number, and changes nothing then.
   */
  set(weights: Readonly<Record<string, number | undefined>>): void {
    for (const [name, weight] of Object.entries(weights)) {
      const known = this.#terms.some((term) => term.name === name)
      if (known && (weight === undefined || Number.isFinite(weight))) continue
      const names = this.#terms.map((term) => term.name).join(', ')
      const message = known ? `the weight of '${name}' must be a finite number` : `this score has no term '${name}'`
      throw new NuncioError('ERR_NUNCIO_SCORE_TERM', message, { hint: `its terms are ${names}` })
    }
    for (const [name, weight] of Object.entries(weights)) {
      if (weight === undefined) this.#set.delete(name)
      else this.#set.set(name, weight)
    }
    this.#apply()
  }

  #apply(): void {
    this.#version = this.#runtime.version
    for (const [i, term] of this.#terms.entries())
      term.weight = this.#set.get(term.name) ?? this.#inRuntime(i) ?? this.#configured[i]!
  }

  #inRuntime(term: number): number | undefined {
    const value = this.#runtime.number(this.#keys[term]!, Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
}
