/** `strip_any_host_port`, `strip_matching_host_port` and `strip_trailing_host_dot`. */
export interface HostPolicy {
  readonly stripPort: 'none' | 'matching' | 'any'
  readonly stripTrailingDot: boolean
}

/** The `:authority` after `strip_trailing_host_dot` and the port options. `listenerPort` is what `matching` compares. */
export function cleanHost(authority: string, policy: HostPolicy, listenerPort: number): string {
  let host = authority
  let port = ''
  const colon = host.lastIndexOf(':')
  if (colon > host.lastIndexOf(']') && /^\d+$/.test(host.slice(colon + 1))) {
    port = host.slice(colon)
    host = host.slice(0, colon)
  }
  if (policy.stripTrailingDot && host.endsWith('.')) host = host.slice(0, -1)
  if (policy.stripPort === 'any' || (policy.stripPort === 'matching' && port === `:${listenerPort}`)) port = ''
  return host + port
}

/** What `cleaned` lacks of the host that was `asked` for, such as `:443`; empty unless that is a port. */
export function portTakenOff(cleaned: string, asked: string): string {
  return asked.startsWith(`${cleaned}:`) ? asked.slice(cleaned.length) : ''
}
