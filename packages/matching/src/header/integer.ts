const DECIMAL = /^[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*$/

/** A signed 64-bit decimal with nothing but blanks around it, else undefined. Beyond 2^53 the nearest double. */
export function parseInteger(text: string): number | undefined {
  const digits = DECIMAL.exec(text)?.[1]
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (Math.abs(value) < 2 ** 53) return value
  const exact = BigInt(digits)
  return exact >= -(2n ** 63n) && exact < 2n ** 63n ? value : undefined
}
