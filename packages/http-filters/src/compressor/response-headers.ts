import type { HeaderMap } from '@nuncio/core'

/** A weak `etag` survives a change of encoding, a strong one does not. */
export function isStrongEtag(headers: HeaderMap): boolean {
  const etag = headers.get('etag')
  return etag !== undefined && !etag.startsWith('W/') && !etag.startsWith('w/')
}

/** Says that the response depends on `accept-encoding`, for the caches on its way. */
export function insertVary(headers: HeaderMap): void {
  const vary = headers.getJoined('vary')
  if (vary === undefined || vary === '') headers.set('vary', 'Accept-Encoding')
  else if (!vary.split(',').some((token) => token.trim().toLowerCase() === 'accept-encoding'))
    headers.set('vary', `${vary}, Accept-Encoding`)
}
