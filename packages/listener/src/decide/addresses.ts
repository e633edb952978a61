import type { Message } from '@nuncio/config'
import { formatAddress } from '@nuncio/core'
import { ipNumber } from '@nuncio/matching'
import type { Report } from '@nuncio/matching'

/** Where a listener listens. */
export interface BindAddress {
  /** IP address, or path of a Unix socket (`@name` = abstract). */
  readonly address: string
  /** 0 = one that the kernel chooses. */
  readonly port: number
  readonly unix: boolean
  /** Permissions of a Unix socket's file; 0 = as the process creates files. */
  readonly mode: number
  /** An IPv6 address that also takes IPv4 peers. */
  readonly ipv4Compat: boolean
}

/** `10.0.0.1:80`, `[::1]:80` or the path. */
export function formatBindAddress(at: BindAddress): string {
  return formatAddress(at)
}

/** Reads one address of a listener; undefined when it cannot be one, which is reported. */
export function decideAddress(
  config: Message<'envoy.config.core.v3.Address'> | undefined,
  path: string,
  report: Report,
): BindAddress | undefined {
  if (config?.pipe !== undefined) return decidePipe(config.pipe, `${path}.pipe`, report)
  const socket = config?.socket_address
  if (socket === undefined) {
    const message =
      config?.envoy_internal_address === undefined
        ? 'a listener needs an address'
        : 'use internal_listener instead of an address for internal listeners'
    report({ code: config === undefined ? 'missing-address' : 'unsupported', path, message, node: config })
    return undefined
  }
  const at = `${path}.socket_address`
  const ip = ipNumber(socket.address ?? '')
  if (ip === undefined) {
    const hint = 'A listener binds to an IP address (0.0.0.0 or :: for all), not to a name.'
    report({
      code: 'malformed-address',
      path: `${at}.address`,
      message: `"${socket.address}" is not an IP address`,
      hint,
      node: socket,
    })
    return undefined
  }
  if (socket.protocol === 'UDP') {
    report({
      code: 'unsupported',
      path: `${at}.protocol`,
      message: 'UDP listeners are not supported',
      node: socket,
      field: 'protocol',
    })
    return undefined
  }
  if (socket.port_value === undefined) {
    const hint = 'Set port_value; 0 lets the kernel choose.'
    report({ code: 'missing-port', path: at, message: 'a listener needs a port number', hint, node: socket })
    return undefined
  }
  return {
    address: socket.address!,
    port: socket.port_value,
    unix: false,
    mode: 0,
    ipv4Compat: socket.ipv4_compat ?? false,
  }
}

function decidePipe(pipe: Message<'envoy.config.core.v3.Pipe'>, path: string, report: Report): BindAddress | undefined {
  const file = pipe.path ?? ''
  if (!file.startsWith('/') && !file.startsWith('@')) {
    const hint = 'Write an absolute path, or @ and a name for an abstract socket.'
    report({
      code: 'malformed-address',
      path: `${path}.path`,
      message: `"${file}" is not an absolute path`,
      hint,
      node: pipe,
    })
    return undefined
  }
  if (file.startsWith('@') && pipe.mode) {
    report({
      code: 'conflict',
      path: `${path}.mode`,
      message: 'an abstract socket has no mode',
      node: pipe,
      field: 'mode',
    })
    return undefined
  }
  return { address: file, port: 0, unix: true, mode: pipe.mode ?? 0, ipv4Compat: false }
}
