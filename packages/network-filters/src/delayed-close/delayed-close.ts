import type { TimeSource } from '@nuncio/core'
import type { NetworkConnection, NetworkFilterVerdict } from '@nuncio/listener'

/**
 * The verdict `close`, after a delay in milliseconds (0 = at once): who comes back in a loop is slowed down by it. When
 * the client goes first there is nothing left to wait for.
 */
export function closeAfter(
  connection: NetworkConnection,
  delayMs: number,
  time: TimeSource,
): NetworkFilterVerdict | Promise<NetworkFilterVerdict> {
  if (delayMs <= 0) return 'close'
  return new Promise((resolve) => {
    const timer = time.setTimer(delayMs, () => resolve('close'))
    connection.observe({
      onConnectionClose: () => {
        timer.cancel()
        resolve('close')
      },
    })
  })
}
