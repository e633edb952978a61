import type { HeaderMap } from '@nuncio/core'

/** Sets a header to a number, rounded to a whole one. */
export function setNumber(headers: HeaderMap, name: string, value: number): void {
  headers.set(name, String(Math.round(value)))
}
