/**
 * What a filter has to keep to:
 *
 * - `configuration`: the chain takes it with the configuration given
 * - `chunk-boundaries`: the outcome does not depend on how a body was split
 * - `keeps-chunk`: a chunk is not looked at once the hook is over; its memory is used again
 * - `after-end`: a stream that is over is left alone
 * - `second-local-reply`: a filter answers a stream once
 * - `throws`: no hook throws or rejects, however the stream ends
 * - `unhandled-rejection`: no promise is left to reject on its own
 * - `span-left-open`: each span that a filter makes ends, once
 * - `never-ends`: a stream that is not aborted comes to its end
 * - `transcript`: what reaches the codec is in order: headers once, nothing after the end
 */
export type FilterRule =
  | 'configuration'
  | 'chunk-boundaries'
  | 'keeps-chunk'
  | 'after-end'
  | 'second-local-reply'
  | 'throws'
  | 'unhandled-rejection'
  | 'span-left-open'
  | 'never-ends'
  | 'transcript'

/** A rule that a filter broke. */
export interface FilterViolation {
  readonly rule: FilterRule
  /** Names the filter, what it did and in which situation. */
  readonly message: string
}

/** Collects violations; what happens in many situations is told of the first one. */
export class Violations {
  readonly list: FilterViolation[] = []
  readonly #seen = new Set<string>()
  readonly #filter: string

  constructor(filter: string) {
    this.#filter = filter
  }

  add(rule: FilterRule, what: string, situation: string, key = what): void {
    const id = `${rule} ${key}`
    if (this.#seen.has(id)) return
    this.#seen.add(id)
    this.list.push({ rule, message: `${this.#filter}: ${what} (${situation})` })
  }
}
