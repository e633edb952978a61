/** A socket, as far as it tells what it has still to write. */
export interface WritingSocket {
  readonly writableLength: number
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/**
 * A number that changes whenever the kernel takes some of what waits. `writableLength` counts a write until its last byte is
 * gone, which may be long for a slow peer; Node itself asks the handle. Without it a long write shows no progress.
 */
export function writeProgress(socket: WritingSocket): number {
  // oxlint-disable-next-line no-underscore-dangle -- the name is Node's
  return socket.writableLength + (socket._handle?.writeQueueSize ?? 0)
}
