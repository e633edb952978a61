import type { TLSSocket } from 'node:tls'

interface Verifying {
  verifyError?(): { readonly code?: string } | null | undefined
}

/**
 * What OpenSSL says of the peer's certificate chain: the code of its error, '' when nothing is wrong. Node shows it
 * (`authorizationError`) for sockets that its own servers and `connect` made, and not for one put on an accepted socket;
 * so it is asked of the handle. A `tls.Server` that connections are handed to would tell it, but gives no way to know
 * which of them failed its handshake, and judges for itself. Should the handle's method go away, every chain counts as
 * wrong.
 */
export function chainError(socket: TLSSocket): string {
  // oxlint-disable-next-line no-underscore-dangle -- the name is Node's
  const handle = (socket as unknown as { readonly _handle?: Verifying | null })._handle
  if (typeof handle?.verifyError !== 'function') return 'UNAVAILABLE'
  const error = handle.verifyError()
  return error == null ? '' : (error.code ?? 'UNKNOWN')
}
