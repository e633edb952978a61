// How long a body is. A number from 0 up is a length in bytes; the rest are these.

/** In chunks. */
export const CHUNKED = -1
/** Until the connection closes (responses only). */
export const UNTIL_CLOSE = -2
/** Not a body at all: the connection becomes a pipe (CONNECT, upgrades). */
export const PIPE = -3

/** Whether a response of this status to this kind of request has no body, whatever its fields say (RFC 9112 6.3). */
export function isBodiless(status: number, headRequest: boolean): boolean {
  return headRequest || status === 204 || status === 304 || (status >= 100 && status < 200)
}
