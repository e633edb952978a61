import type { HeaderTable } from '@nuncio/core'
import { CONNECTION, CONTENT_LENGTH, TE, TRAILER, UPGRADE } from './head-parser.ts'
import { listTokens } from './tokens.ts'

/** More names than this in Connection is an attack: removing them is a scan each. */
const MAX_NOMINATED = 32

/** Fields that the proxy itself relies on; `Connection` cannot nominate them away. */
const PROTECTED: ReadonlySet<string> = new Set([
  'host', 'content-length', 'transfer-encoding', 'forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host',
  'x-forwarded-port', 'x-forwarded-client-cert', 'x-request-id', 'x-client-trace-id', 'via', 'connection', 'upgrade', 'te',
  'trailer',
]) // prettier-ignore

/** Removes what `Connection` nominates; false when the list is not one, or too long. */
export function removeNominated(table: HeaderTable, connection: string): boolean {
  const tokens = listTokens(connection)
  if (tokens === undefined || tokens.length > MAX_NOMINATED) return false
  for (const token of tokens) {
    if (token === 'close' || token === 'keep-alive' || PROTECTED.has(token) || token.startsWith('x-envoy-')) continue
    table.remove(token)
  }
  return true
}

/**
 * Takes the received fields out that concern one connection only. `keepUpgrade` leaves Connection (as `Upgrade`) and
 * Upgrade, `keepTrailer` leaves Trailer; TE stays only for `trailers`.
 */
export function stripHopByHop(table: HeaderTable, keepUpgrade: boolean, keepTrailer: boolean): void {
  const { ids, count } = table
  let connectionKept = !keepUpgrade
  let teKept = false
  for (let line = 0; line < count; line++) {
    const id = ids[line]!
    if (id === 0 || id >= CONTENT_LENGTH) continue
    if (id === CONNECTION && !connectionKept) {
      connectionKept = true
      if (table.valueAt(line).toLowerCase() !== 'upgrade') (table.replaced ??= [])[line] = 'Upgrade'
    } else if (id === TE && !teKept && acceptsTrailers(table.valueAt(line))) {
      teKept = true
      if (table.valueAt(line) !== 'trailers') (table.replaced ??= [])[line] = 'trailers'
    } else if (!(id === UPGRADE && keepUpgrade) && !(id === TRAILER && keepTrailer)) {
      table.removeLine(line)
    }
  }
}

function acceptsTrailers(value: string): boolean {
  return value === 'trailers' || value.split(',').some((part) => /^[ \t]*trailers[ \t]*(;|$)/i.test(part))
}

/** Fields that mean nothing in a trailer section, or harm (RFC 9110 6.5.1): authentication, conditions, content format. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  'authorization', 'cache-control', 'content-encoding', 'content-range', 'content-type', 'cookie', 'expect', 'max-forwards',
  'proxy-authenticate', 'proxy-authorization', 'set-cookie', 'www-authenticate', 'range', 'te', 'age', 'expires', 'date',
  'location', 'retry-after', 'vary', 'warning', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since',
  'if-range', 'pragma',
]) // prettier-ignore

/** Takes out of received trailers what must not be there. */
export function cleanTrailers(table: HeaderTable): void {
  for (let line = 0; line < table.count; line++) {
    const id = table.ids[line]!
    const connection = id !== 0 && id < CONTENT_LENGTH
    if (connection || NOT_IN_TRAILERS.has(table.nameAt(line).toLowerCase())) table.removeLine(line)
  }
}
