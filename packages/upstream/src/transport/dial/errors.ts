import type { DialFailure } from '@nuncio/cluster'

/** Texts of system errors as the C library has them, which is how they stand in access logs. */
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAGAIN: 'Resource temporarily unavailable',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENETUNREACH: 'Network is unreachable',
  ENFILE: 'Too many open files in system',
  ENOENT: 'No such file or directory',
  ENOTSOCK: 'Socket operation on non-socket',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EPROTO: 'Protocol error',
  ETIMEDOUT: 'Connection timed out',
}

/** The text of a system error's code; the code itself when there is none. */
export function errorText(code: string): string {
  return TEXTS[code] ?? code
}

/** Errors that the kernel answers at once, without asking anybody. */
const IMMEDIATE = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT', 'EACCES', 'EPERM'])
/** Errors that say nothing of the host. */
const LOCAL = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

/** Words for a failed `connect` or `bind`; `address` is what was connected to, `path` whether it is a Unix socket. */
export function connectFailure(
  error: NodeJS.ErrnoException,
  address: string,
  path: boolean,
  local: string,
): DialFailure {
  const code = error.code ?? 'EUNKNOWN'
  const text = errorText(code)
  if (error.syscall === 'bind') return { side: 'local', details: `failed to bind to ${local}: ${text}` }
  if (LOCAL.has(code)) return { side: 'local', details: text }
  if (path || IMMEDIATE.has(code))
    return { side: 'remote', details: `immediate connect error: ${text}|remote address:${address}` }
  return { side: 'remote', details: `delayed connect error: ${text}` }
}
