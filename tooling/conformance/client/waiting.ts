/** A gap between two looks counts as no more than this: while a busy machine lets nobody run, nobody loses patience. */
const SLICE_MS = 250

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Time that somebody waits at most, as far as this process ran meanwhile. */
export class Patience {
  #leftMs: number

  constructor(ms: number) {
    this.#leftMs = ms
  }

  get over(): boolean {
    return this.#leftMs <= 0
  }

  /** Settles when the callback that `start` gets is called, or after a while; look then, and wait again. */
  async wait(start: (wake: () => void) => void, mostMs = SLICE_MS): Promise<void> {
    const slice = Math.min(mostMs, SLICE_MS, this.#leftMs)
    const began = performance.now()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, slice))
      start(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    this.#leftMs -= Math.min(performance.now() - began, SLICE_MS)
  }
}

/** Asks again and again until `ask` answers true; false when it never did while patience lasted. */
export async function eventually(ms: number, ask: () => boolean | Promise<boolean>, every = 10): Promise<boolean> {
  for (const patience = new Patience(ms); ;) {
    if (await ask()) return true
    if (patience.over) return false
    await patience.wait(() => {}, every)
  }
}
