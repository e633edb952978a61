import { setImmediate } from 'node:timers/promises'

type Listener = NodeJS.UnhandledRejectionListener

let turn: Promise<unknown> = Promise.resolve()

/**
 * Runs `body` while promises that reject with nobody to handle them go to it instead of ending the process (or the test
 * run). Calls queue up: each rejection belongs to the one that runs.
 */
export async function watchRejections<T>(body: (rejections: unknown[]) => Promise<T>): Promise<T> {
  const mine = turn.then(async () => await watched(body))
  turn = mine.catch(() => {})
  return await mine
}

async function watched<T>(body: (rejections: unknown[]) => Promise<T>): Promise<T> {
  const others = process.listeners('unhandledRejection') as Listener[]
  const rejections: unknown[] = []
  const listener: Listener = (reason) => void rejections.push(reason)
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', listener)
  try {
    return await body(rejections)
  } finally {
    // Node tells of a rejection only after the microtasks that could still have handled it.
    await setImmediate()
    process.off('unhandledRejection', listener)
    for (const other of others) process.on('unhandledRejection', other)
  }
}
