import { connect } from 'node:net'

/** Waits until something is true of another process: turns of the event loop, not time. */
export async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until nobody listens on a port. */
export async function untilRefused(port: number): Promise<void> {
  await untilTrue(async () => {
    const socket = connect(port, '127.0.0.1')
    const refused = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(false))
      socket.on('error', () => resolve(true))
    })
    socket.destroy()
    return refused
  })
}
