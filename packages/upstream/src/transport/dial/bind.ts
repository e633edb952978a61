import type { Message } from '@nuncio/config'
import { type KeepAlive, setKeepAlive } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { isIP, isIPv6, type Socket } from 'node:net'

type BindConfig = Message<'envoy.config.core.v3.BindConfig'>

/** Source addresses by family, from `upstream_bind_config`. Port 0 = any. */
export interface LocalBinding {
  readonly v4: LocalAddress | undefined
  readonly v6: LocalAddress | undefined
}

/** Where a connection comes from. */
export interface LocalAddress {
  readonly localAddress: string
  readonly localPort: number
}

/**
 * The source addresses of a bind configuration, one for each family, as Envoy chooses by the target's family. Undefined when none is
 * set. What is wrong is reported at `place`, that of the configuration.
 */
export function localBinding(config: BindConfig | undefined, place: ConfigPlace): LocalBinding | undefined {
  if (config === undefined) return undefined
  const { source_address: first, extra_source_addresses: extra = [], additional_source_addresses: older = [] } = config
  const further = [...extra.map((entry) => entry.address), ...older]
  if (extra.length > 0 && older.length > 0)
    place.error('conflict', 'extra and additional source addresses exclude each other')
  if (further.length === 0 && first === undefined) return undefined
  if (first === undefined) place.error('missing-field', 'further source addresses need a source_address')
  if (further.length > 1) place.error('bad-value', 'there can be one further source address, for the other family')
  let v4: LocalAddress | undefined
  let v6: LocalAddress | undefined
  for (const address of [first, ...further]) {
    if (address === undefined) continue
    const { address: ip = '', port_value: port = 0 } = address
    if (isIP(ip) === 0) place.error('malformed-address', `"${ip}" is not an IP address`)
    else if ((isIPv6(ip) ? v6 : v4) !== undefined)
      place.error('conflict', `${ip} is a second source address of its family`)
    else if (isIPv6(ip)) v6 = { localAddress: ip, localPort: port }
    else v4 = { localAddress: ip, localPort: port }
  }
  return { v4, v6 }
}

/** Small writes go out at once, and probes are sent when asked for. */
export function tune(socket: Socket, keepAlive: KeepAlive | undefined): void {
  socket.setNoDelay(true)
  if (keepAlive !== undefined) setKeepAlive(socket, keepAlive)
}
