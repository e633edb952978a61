import type { Message } from '@nuncio/config'
import { type KeepAlive, setKeepAlive } from '@nuncio/core'
import { isIP, isIPv6, type Socket } from 'node:net'

type BindConfig = Message<'envoy.config.core.v3.BindConfig'>

/** Source addresses by family, from `upstream_bind_config`. Port 0 = any. */
export interface LocalBinding {
  readonly v4: LocalAddress | undefined
  readonly v6: LocalAddress | undefined
}

export interface LocalAddress {
  readonly localAddress: string
  readonly localPort: number
}

/**
 * The source addresses of a bind configuration: of each family the first, `source_address` before the extra ones, as
 * Envoy chooses by the target's family. Undefined when none is set.
 */
export function localBinding(...configs: readonly (BindConfig | undefined)[]): LocalBinding | undefined {
  const config = configs.find((candidate) => candidate !== undefined)
  if (config === undefined) return undefined
  const extra = (config.extra_source_addresses ?? []).map((entry) => entry.address)
  let v4: LocalAddress | undefined
  let v6: LocalAddress | undefined
  for (const address of [config.source_address, ...extra, ...(config.additional_source_addresses ?? [])]) {
    const ip = address?.address ?? ''
    if (isIP(ip) === 0) continue
    const local = { localAddress: ip, localPort: address?.port_value ?? 0 }
    if (isIPv6(ip)) v6 ??= local
    else v4 ??= local
  }
  return v4 === undefined && v6 === undefined ? undefined : { v4, v6 }
}

/** Small writes go out at once, and probes are sent when asked for. */
export function tune(socket: Socket, keepAlive: KeepAlive | undefined): void {
  socket.setNoDelay(true)
  if (keepAlive !== undefined) setKeepAlive(socket, keepAlive)
}
