import type { HeaderMap, RequestHeaders } from '@nuncio/core'
import type { AuthzAnswer, HeaderChange, MutationRules } from '@nuncio/guards'

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/
// Field values as RFC 9110 has them, obs-text included.
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const BAD_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]/
const QUERY = /^[A-Za-z0-9\-._~!$'()*+,;:@/?%]*$/

/** Whether every header change is one that can be made, whatever the rules say. */
export function areValid(changes: readonly HeaderChange[]): boolean {
  return changes.every(({ name, value, kind }) => kind !== 'unknown' && NAME.test(name) && !BAD_VALUE.test(value))
}

/** Whether what is to stand in a query is encoded so that it can. */
export function areQueryParameters(pairs: AuthzAnswer['queryToSet']): boolean {
  return pairs.every(([name, value]) => QUERY.test(name) && QUERY.test(value))
}

/** Changes a request as an answer asks; answers the names that were changed, undefined when the rules are broken. */
export function changeRequest(
  headers: RequestHeaders,
  { requestHeaders, requestHeadersToRemove }: AuthzAnswer,
  rules: MutationRules | undefined,
): string[] | undefined {
  const changed: string[] = []
  for (const change of requestHeaders) {
    const verdict = rules?.check(change.kind === 'append' ? 'append' : 'set', change.name) ?? 'ok'
    if (verdict === 'error') return undefined
    if (verdict === 'ok' && applyToRequest(headers, change)) changed.push(change.name)
  }
  for (const name of requestHeadersToRemove) {
    if (!isRemovable(name) && rules === undefined) continue
    const verdict = rules?.check('remove', name) ?? 'ok'
    if (verdict === 'error') return undefined
    if (verdict === 'ok' && headers.remove(name)) changed.push(name)
  }
  return changed
}

function isRemovable(name: string): boolean {
  return NAME.test(name) && !name.startsWith(':') && name !== 'host'
}

function applyToRequest(headers: RequestHeaders, change: HeaderChange): boolean {
  // The host has one name here, however it is written.
  const name = change.name === 'host' ? ':authority' : change.name
  if (!name.startsWith(':')) return applyChange(headers, change)
  if (change.kind === 'append' || change.value === '') return false
  if (name === ':path') headers.path = change.value
  else if (name === ':authority') headers.authority = change.value
  else if (name === ':method') headers.method = change.value
  else if (name === ':scheme') headers.scheme = change.value
  else return false
  return true
}

/** Makes one change; whether it had to. */
export function applyChange(headers: HeaderMap, { name, value, kind }: HeaderChange): boolean {
  const present = headers.has(name)
  if ((kind === 'append' || kind === 'overwrite-if-exists') && !present) return false
  if (kind === 'add-if-absent' && present) return false
  if (kind === 'append') headers.set(name, `${headers.getJoined(name)!},${value}`)
  else if (kind === 'add' || kind === 'add-if-absent') headers.append(name, value)
  else headers.set(name, value)
  return true
}

/** The path with its query changed: a parameter that is set once stands where its first was. */
export function changeQuery(path: string, { queryToSet, queryToRemove }: AuthzAnswer): string {
  const mark = path.indexOf('?')
  const query = mark < 0 ? '' : path.slice(mark + 1)
  let pairs = query === '' ? [] : query.split('&').map((text) => ({ name: text.split('=', 1)[0]!, text }))
  for (const [name, value] of queryToSet) {
    const text = `${name}=${value}`
    const at = pairs.findIndex((pair) => pair.name === name)
    if (at < 0) pairs.push({ name, text })
    else pairs = pairs.flatMap((pair, i) => (i === at ? [{ name, text }] : pair.name === name ? [] : [pair]))
  }
  pairs = pairs.filter(({ name }) => !queryToRemove.includes(name))
  const base = mark < 0 ? path : path.slice(0, mark)
  return pairs.length === 0 ? base : `${base}?${pairs.map(({ text }) => text).join('&')}`
}
