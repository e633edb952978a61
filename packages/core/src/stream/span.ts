import type { HeaderMap } from '../headers/header-map.ts'

/** What an attribute of a span can be. */
export type AttributeValue = string | number | boolean

/**
 * One piece of work within a trace. A stream always has one: where nothing is traced it is `NO_SPAN`, which takes
 * everything and keeps nothing, so that nobody has to ask first.
 */
export interface Span {
  /** Whether what is said to it is kept. Ask before making something costly for it. */
  readonly recording: boolean
  /** Hex digits, 32 or 16; '' when there is no trace. */
  readonly traceId: string
  /** 16 hex digits; '' when there is no trace. */
  readonly spanId: string
  /** What the work is called; the last name counts. */
  setOperation(operation: string): void
  /** A value by its name; the last one counts. Text is Latin-1 as header values are, or Unicode. */
  setAttribute(name: string, value: AttributeValue): void
  /** Something happened, at this moment (monotonic ms) or now. */
  log(event: string, atMs?: number): void
  /** A piece of work that is done for this one; `sampled` where it is not to be kept as this one is. */
  child(operation: string, sampled?: boolean): Span
  /** Tells whoever gets these headers which span the request belongs to. */
  inject(headers: HeaderMap): void
  /** It is not worth keeping: neither it nor what begins below it from now on is reported. */
  discard(): void
  /** The work is done; once. */
  end(): void
}

/** Nothing is traced. */
export const NO_SPAN: Span = Object.freeze({
  recording: false,
  traceId: '',
  spanId: '',
  setOperation: () => {},
  setAttribute: () => {},
  log: () => {},
  child: () => NO_SPAN,
  inject: () => {},
  discard: () => {},
  end: () => {},
})
