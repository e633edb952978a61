/** Envoy's runtime: values by dotted key that operators may change while the proxy runs. */
export interface Runtime {
  /** True: no key is set at all, so that look-ups with made-up keys can be spared. */
  readonly isEmpty?: boolean
  /** Another number whenever any value changed; absent: values never change. */
  readonly version?: number
  number(key: string, fallback: number): number
  boolean(key: string, fallback: boolean): boolean
  text(key: string): string | undefined
  /**
   * The numerator over the denominator that a key overrides: `{numerator, denominator}` as configured when the key is
   * not set; a plain number in the runtime is a percentage.
   */
  fraction(key: string, fallback: Fraction): Fraction
}

/** A share: `numerator` of `denominator`. */
export interface Fraction {
  readonly numerator: number
  /** 100, 10 000 or 1 000 000. */
  readonly denominator: number
}

/** A runtime in which no key is set. */
export const emptyRuntime: Runtime = {
  isEmpty: true,
  number: (_, fallback) => fallback,
  boolean: (_, fallback) => fallback,
  text: () => undefined,
  fraction: (_, fallback) => fallback,
}
