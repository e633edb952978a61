/**
 * Code or data that a bundle may leave out of what it loads first. `get` answers when it is there, and throws
 * `PartMissing` while it is not; `withParts` waits for that.
 */
export class Part<T> {
  readonly #fetch: () => Promise<T>
  #require: (() => T) | undefined = undefined
  #loading: Promise<void> | undefined = undefined
  #there: { readonly value: T } | undefined = undefined

  /** `fetch` is called on first use, and again after it was rejected. */
  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch
  }

  /** A way to it that takes no time, for those who have one: from now on `get` goes it, and nothing is ever missing. */
  provide(require: () => T): void {
    this.#require = require
  }

  get(): T {
    if (this.#there === undefined && this.#require !== undefined) this.#there = { value: this.#require() }
    if (this.#there === undefined) throw new PartMissing(this.#load())
    return this.#there.value
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().then(
      (value) => void (this.#there = { value }),
      (error: unknown) => {
        this.#loading = undefined
        throw error
      },
    )
    return this.#loading
  }
}

/** Thrown where a part is needed that is still on its way: whoever catches it waits, and begins anew. */
export class PartMissing extends Error {
  /** Settles when the part is there; rejects when it cannot be loaded. */
  readonly loaded: Promise<void>

  constructor(loaded: Promise<void>) {
    super('a part of the program is not loaded yet: call this through withParts')
    this.name = 'PartMissing'
    this.loaded = loaded
  }
}

/**
 * Computes, and begins anew after each part that was missing. So `compute` has to be repeatable. Rejects with what it
 * throws, or with what kept a part from loading.
 */
export async function withParts<T>(compute: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each turn needs what the one before has waited for
      return await compute()
    } catch (error) {
      if (!(error instanceof PartMissing)) throw error
      // oxlint-disable-next-line no-await-in-loop -- the next turn needs it
      await error.loaded
    }
  }
}
