/** The v3 type of a v2 one, where it only moved; undefined for others. */
export function v3TypeOf(_name: string): string | undefined {
  return undefined
}
