/** A value that is replaced whole, and that may be another one while something is prepared with it. */
export class Replaceable<T> {
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  replace(next: T): void {
    this.#value = next
  }

  /** Does something, which must not wait, with another value. */
  during<R>(value: T, work: () => R): R {
    const before = this.#value
    this.#value = value
    try {
      return work()
    } finally {
      this.#value = before
    }
  }
}
