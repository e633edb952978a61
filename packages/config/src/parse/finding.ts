/** A problem of a text before its place is looked up. */
export interface Finding {
  readonly code: string
  readonly offset: number
  readonly message: string
  readonly hint: string
}

export function finding(code: string, offset: number, message: string, hint = ''): Finding {
  return { code, offset, message, hint }
}
