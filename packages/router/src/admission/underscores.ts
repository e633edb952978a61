import type { RequestHeaderTable } from '@nuncio/core'

/** Whether a header name has an underscore; with `drop`, such lines are taken out and the answer is false. */
export function underscoresIn(headers: RequestHeaderTable, drop: boolean): boolean {
  const names: string[] = []
  headers.forEach((name) => name.includes('_') && names.push(name.toLowerCase()))
  if (names.length === 0 || !drop) return names.length > 0
  for (const name of names) headers.remove(name)
  return false
}
