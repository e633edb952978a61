import type { Message } from '@nuncio/config'
import { decideKeepAlive, type KeepAlive } from '@nuncio/core'
import type { Report } from '@nuncio/matching'

type SocketOptions = readonly Message<'envoy.config.core.v3.SocketOption'>[]

// Linux's numbers for the options that Node can set on accepted sockets.
const SOL_SOCKET = 1
const SO_KEEPALIVE = 9
const IPPROTO_TCP = 6
/** Names of `TcpKeepalive`'s fields by option. */
const KEEPALIVE_FIELDS: Readonly<Record<number, 'keepalive_time' | 'keepalive_interval' | 'keepalive_probes'>> = {
  4: 'keepalive_time',
  5: 'keepalive_interval',
  6: 'keepalive_probes',
}

/** Keep-alive of one address: by `tcp_keepalive`, or else by those of `socket_options` that Node can set; others are reported. */
export function decideSocketKeepAlive(
  keepAlive: Message<'envoy.config.core.v3.TcpKeepalive'> | undefined,
  options: SocketOptions,
  path: string,
  report: Report,
): KeepAlive | undefined {
  let enabled = false
  const fields: Partial<Record<'keepalive_time' | 'keepalive_interval' | 'keepalive_probes', number>> = {}
  for (const [i, option] of options.entries()) {
    const field = option.level === IPPROTO_TCP ? KEEPALIVE_FIELDS[option.name ?? -1] : undefined
    if (option.level === SOL_SOCKET && option.name === SO_KEEPALIVE) enabled = valueOf(option) !== 0
    else if (field !== undefined) fields[field] = valueOf(option)
    else {
      const message = `socket option level ${option.level} name ${option.name} cannot be set from Node`
      const hint = 'SO_KEEPALIVE (1/9) and its times (6/4, 6/5, 6/6) can. TCP_NODELAY is always on.'
      report({ code: 'unsupported', severity: 'warning', path: `${path}[${i}]`, message, hint, node: option })
    }
  }
  return decideKeepAlive(keepAlive ?? (enabled ? fields : undefined))
}

/** A number, or the bytes of one as this machine has them. */
function valueOf({ int_value: value, buf_value: bytes }: SocketOptions[number]): number {
  return bytes !== undefined && bytes.length >= 4 ? Buffer.from(bytes).readInt32LE(0) : (value ?? 0)
}
