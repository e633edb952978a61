import type { Fraction, Runtime } from '../runtime.ts'

type Value = number | boolean

/** A runtime in which a test sets keys, from the start or while things run. A fraction is a percentage. */
export class FakeRuntime implements Runtime {
  readonly #values: Map<string, Value>
  version = 1

  constructor(values: Readonly<Record<string, Value>> = {}) {
    this.#values = new Map(Object.entries(values))
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value)
    this.version++
  }

  number(key: string, fallback: number): number {
    const value = this.#values.get(key)
    return typeof value === 'number' ? value : fallback
  }
  boolean(key: string, fallback: boolean): boolean {
    const value = this.#values.get(key)
    return typeof value === 'boolean' ? value : fallback
  }
  text(key: string): string | undefined {
    return this.#values.get(key)?.toString()
  }
  fraction(key: string, fallback: Fraction): Fraction {
    const value = this.#values.get(key)
    return typeof value === 'number' ? { numerator: value, denominator: 100 } : fallback
  }
}
