const BEAT_MS = 4
/** A beat that comes so much later says that the machine did something else meanwhile. */
const LATE_MS = 8

/** Notes when this process stood still, because a shared machine had other things to do. */
export class Stalls implements Disposable {
  readonly #spans: { readonly fromMs: number; readonly toMs: number }[] = []
  readonly #timer: NodeJS.Timeout
  #last = performance.now()

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (now - this.#last > BEAT_MS + LATE_MS) this.#spans.push({ fromMs: this.#last, toMs: now })
      this.#last = now
    }, BEAT_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  /** Whether any of this time was not the proxy's. */
  overlap(fromMs: number, toMs: number): boolean {
    return this.#spans.some((span) => span.fromMs < toMs && fromMs < span.toMs)
  }
}
