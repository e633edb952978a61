import type { HeaderMap } from '@nuncio/core'

/** The headers of a message as `Headers`; pseudo headers left out. Throws for what cannot be there. */
export function headersOf(map: HeaderMap): Headers {
  const headers = new Headers()
  map.forEach((name, value) => headers.append(name, value))
  return headers
}

/** Brings into `map` what differs between two `Headers`, and leaves its other lines as they were received. */
export function applyHeaders(map: HeaderMap, before: Headers, after: Headers): boolean {
  let changed = false
  const names = new Set([...before.keys(), ...after.keys()])
  for (const name of names) {
    if (name === 'set-cookie' ? sameCookies(before, after) : before.get(name) === after.get(name)) continue
    changed = true
    map.remove(name)
    const values = name === 'set-cookie' ? after.getSetCookie() : [after.get(name)]
    for (const value of values) if (value !== null) map.append(name, value)
  }
  return changed
}

function sameCookies(before: Headers, after: Headers): boolean {
  const [old, now] = [before.getSetCookie(), after.getSetCookie()]
  return old.length === now.length && old.every((cookie, i) => cookie === now[i])
}
