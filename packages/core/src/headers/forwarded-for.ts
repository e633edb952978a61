import type { HeaderMap } from './header-map.ts'

/** Adds an IP address to the end of x-forwarded-for, as the one that the message came from; '' = it is not known. */
export function appendForwardedFor(headers: HeaderMap, address: string): void {
  if (address === '') return
  const list = headers.getJoined('x-forwarded-for') ?? ''
  headers.set('x-forwarded-for', list === '' ? address : `${list},${address}`)
}
