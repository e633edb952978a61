import type { HeaderMap } from '@nuncio/core'

/** Whether `cache-control` has `no-transform`. */
export function forbidsTransform(headers: HeaderMap): boolean {
  const control = headers.getJoined('cache-control')
  return control !== undefined && control.split(',').some((token) => token.trim().toLowerCase() === 'no-transform')
}
