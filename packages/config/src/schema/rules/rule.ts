/** Looks at one value in its normalised form; says what is wrong with it, as in "must be 1 or more". */
export type Rule = (value: never) => string | undefined

export type Check<T> = (value: T) => string | undefined

/** Joins checks; the first that objects is heard. */
export function all<T>(checks: readonly Check<T>[]): Check<T> | undefined {
  if (checks.length === 0) return undefined
  if (checks.length === 1) return checks[0]
  return (value) => {
    for (const check of checks) {
      const objection = check(value)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

/** A rule's operand that may be one value or a list. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
