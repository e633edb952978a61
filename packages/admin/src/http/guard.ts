import { isIP } from 'node:net'

export interface GuardedRequest {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly mutates: boolean
}

/**
 * Why a request is refused, or undefined. A page in a browser must not reach the admin address: not by a name of its own
 * that resolves to this machine (DNS rebinding shows in `Host`), and not by a form or script of another site (`Origin`,
 * `Sec-Fetch-Site`). Programs such as curl send neither of the last two and name the address, so nothing is in their way.
 * `any` host is allowed where no browser reaches, on a Unix socket.
 */
export function refusal(request: GuardedRequest, allowedHosts: ReadonlySet<string> | 'any'): string | undefined {
  const { host, origin, fetchSite, mutates } = request
  if (host !== undefined && allowedHosts !== 'any' && !isAllowedHost(host, allowedHosts))
    return `the host "${printable(host)}" is not allowed here: use an address or localhost, or start with --admin-host`
  if (origin !== undefined && !isSameOrigin(origin, host)) return 'requests from other sites are not allowed'
  if (mutates && (fetchSite === 'cross-site' || fetchSite === 'same-site')) {
    return 'requests from other sites are not allowed'
  }
  return undefined
}

/** An IP address, `localhost` or a name below it, or a name that was allowed; ports do not matter. */
function isAllowedHost(host: string, allowed: ReadonlySet<string>): boolean {
  const name = hostName(host)
  if (name === undefined) return false
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || allowed.has(name)
}

/** The name in a `Host`, lower-case, without port and brackets; undefined when it has no such form. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:@/\\?#\s[\]]+?)\.?)(?::\d{1,5})?$/.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?')
}
