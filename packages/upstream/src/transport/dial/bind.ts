import type { Message } from '@nuncio/config'
import { isIP, isIPv6, type Socket } from 'node:net'

type BindConfig = Message<'envoy.config.core.v3.BindConfig'>
type Keepalive = Message<'envoy.config.core.v3.TcpKeepalive'>

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

/** When the kernel asks whether the other end is still there. */
export interface KeepAlive {
  /** Milliseconds of silence before the first probe, and between probes. */
  readonly delayMs: number
  readonly intervalMs: number
  /** Unanswered probes after which the connection is dead. */
  readonly probes: number
}

/** The keep-alive settings of a cluster, with Linux's defaults; undefined = no probes. */
export function keepAliveOf(config: Keepalive | undefined): KeepAlive | undefined {
  if (config === undefined) return undefined
  const { keepalive_time: time = 7200, keepalive_interval: interval = 75, keepalive_probes: probes = 9 } = config
  return { delayMs: time * 1000, intervalMs: interval * 1000, probes }
}

/** Node's `setKeepAlive` since 26; older ones take no notice of the last two. */
type SetKeepAlive = (on: boolean, delayMs: number, intervalMs: number, probes: number) => void

/** Small writes go out at once, and probes are sent when asked for. */
export function tune(socket: Socket, keepAlive: KeepAlive | undefined): void {
  socket.setNoDelay(true)
  if (keepAlive === undefined) return
  const set = socket.setKeepAlive.bind(socket) as SetKeepAlive
  set(true, keepAlive.delayMs, keepAlive.intervalMs, keepAlive.probes)
}
