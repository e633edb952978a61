import type { HcmInfo } from '../hcm-info.ts'

/** The `:authority` after `strip_trailing_host_dot` and the port options. `listenerPort` is what `matching` compares. */
export function cleanHost(authority: string, info: HcmInfo, listenerPort: number): string {
  let host = authority
  let port = ''
  const colon = host.lastIndexOf(':')
  if (colon > host.lastIndexOf(']') && /^\d+$/.test(host.slice(colon + 1))) {
    port = host.slice(colon)
    host = host.slice(0, colon)
  }
  if (info.stripTrailingDot && host.endsWith('.')) host = host.slice(0, -1)
  if (info.stripPort === 'any' || (info.stripPort === 'matching' && port === `:${listenerPort}`)) port = ''
  return host + port
}
