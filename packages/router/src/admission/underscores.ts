import type { RequestHeaderTable } from '@nuncio/core'

/** How many header names have an underscore; with `drop`, such lines are taken out. */
export function underscoresIn(headers: RequestHeaderTable, drop: boolean): number {
  const names: string[] = []
  headers.forEach((name) => name.includes('_') && names.push(name.toLowerCase()))
  if (drop) for (const name of names) headers.remove(name)
  return names.length
}
