import type { JsonValue } from '@nuncio/config'
import type { Fraction, Runtime } from '@nuncio/core'
import { StaticRuntime } from '../view/static-runtime.ts'

const NONE: ReadonlyMap<string, JsonValue> = new Map()

/** A runtime that is another one for each test; compiled route tables ask it whenever they route. */
export class TestRuntime implements Runtime {
  readonly #base: Runtime
  #own: Runtime = new StaticRuntime(NONE)
  #ownKeys: ReadonlyMap<string, JsonValue> = NONE
  #activeKey: string | undefined

  constructor(base: Runtime) {
    this.#base = base
  }

  /**
   * Sets it for the next test. With `activeKey` (Envoy's format) fractions go by that: the share of that key holds, a
   * share of 0 counting as 1, and the shares of all other keys are empty unless `values` names them.
   */
  use(values: ReadonlyMap<string, JsonValue>, activeKey: string | undefined): void {
    this.#own = new StaticRuntime(values)
    this.#ownKeys = values
    this.#activeKey = activeKey
  }

  #of(key: string): Runtime {
    return this.#ownKeys.has(key) ? this.#own : this.#base
  }
  number(key: string, fallback: number): number {
    return this.#of(key).number(key, fallback)
  }
  boolean(key: string, fallback: boolean): boolean {
    return this.#of(key).boolean(key, fallback)
  }
  text(key: string): string | undefined {
    return this.#of(key).text(key)
  }
  fraction(key: string, fallback: Fraction): Fraction {
    if (this.#activeKey === undefined || this.#ownKeys.has(key)) return this.#of(key).fraction(key, fallback)
    if (key !== this.#activeKey) return { numerator: 0, denominator: fallback.denominator }
    return fallback.numerator === 0 ? { numerator: 1, denominator: fallback.denominator } : fallback
  }
}
