/** When the kernel asks whether the other end of a connection is still there. */
export interface KeepAlive {
  /** Milliseconds of silence before the first probe, and between probes. */
  readonly delayMs: number
  readonly intervalMs: number
  /** Unanswered probes after which the connection is dead. */
  readonly probes: number
}

/** Envoy's `TcpKeepalive`, times in seconds. */
interface TcpKeepalive {
  readonly keepalive_time?: number
  readonly keepalive_interval?: number
  readonly keepalive_probes?: number
}

/** The settings of a `TcpKeepalive` with Linux's defaults; undefined = no probes. */
export function decideKeepAlive(config: TcpKeepalive | undefined): KeepAlive | undefined {
  if (config === undefined) return undefined
  const { keepalive_time: time = 7200, keepalive_interval: interval = 75, keepalive_probes: probes = 9 } = config
  return { delayMs: time * 1000, intervalMs: interval * 1000, probes }
}

/** Node's `setKeepAlive` since 26; older ones take no notice of the last two. */
type SetKeepAlive = (on: boolean, delayMs: number, intervalMs: number, probes: number) => unknown

/** Turns the probes of a socket on. */
export function setKeepAlive(
  socket: { setKeepAlive(on?: boolean, delayMs?: number): unknown },
  { delayMs, intervalMs, probes }: KeepAlive,
): void {
  ;(socket.setKeepAlive.bind(socket) as SetKeepAlive)(true, delayMs, intervalMs, probes)
}
