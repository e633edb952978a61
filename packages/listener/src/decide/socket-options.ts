import type { Message } from '@nuncio/config'
import type { Report } from '@nuncio/matching'

// Linux's numbers for the options that Node can set on accepted sockets.
const SOL_SOCKET = 1
const SO_KEEPALIVE = 9
const IPPROTO_TCP = 6
const TCP_KEEPIDLE = 4

/** What of `socket_options` Node can set; each other one is reported. */
export function decideSocketOptions(
  options: readonly Message<'envoy.config.core.v3.SocketOption'>[],
  path: string,
  report: Report,
): { enabled: boolean; initialDelayMs: number } {
  let enabled = false
  let initialDelayMs = 0
  for (const [i, option] of options.entries()) {
    if (option.level === SOL_SOCKET && option.name === SO_KEEPALIVE) enabled = (option.int_value ?? 0) !== 0
    else if (option.level === IPPROTO_TCP && option.name === TCP_KEEPIDLE)
      initialDelayMs = (option.int_value ?? 0) * 1000
    else {
      const message = `socket option level ${option.level} name ${option.name} cannot be set from Node`
      const hint = 'SO_KEEPALIVE (1/9) and TCP_KEEPIDLE (6/4) can. TCP_NODELAY is always on.'
      report({ code: 'unsupported', severity: 'warning', path: `${path}[${i}]`, message, hint, node: option })
    }
  }
  return { enabled, initialDelayMs }
}
