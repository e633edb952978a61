import type { RequestHeaders } from '@nuncio/core'
import type { ForwardRoute } from '@nuncio/router'

/** `auto_host_rewrite`: the request asks for the name of the host that was chosen. */
export function rewriteToHost(headers: RequestHeaders, route: ForwardRoute, hostname: string, suppress: boolean): void {
  const before = headers.authority
  if (before === hostname) return
  if (route.appendXForwardedHost && headers.getJoined('x-forwarded-host')?.split(',').at(-1)?.trim() !== before) {
    headers.append('x-forwarded-host', before)
  }
  if (!suppress && !headers.has('x-envoy-original-host')) headers.set('x-envoy-original-host', before)
  headers.authority = hostname
}
