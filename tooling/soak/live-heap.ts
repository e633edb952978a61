import { once } from 'node:events'
import { WebSocket } from 'ws'

/** The flag with which a process lets `liveHeapMiB` look inside. */
export const inspectable = (port: number): string => `--inspect=127.0.0.1:${port}`

/**
 * What a process that listens for an inspector still needs, in MiB: objects of JavaScript and the memory behind buffers,
 * after everything that nobody needs was collected.
 */
export async function liveHeapMiB(inspectorPort: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json()) as readonly Target[]
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl)
  await once(socket, 'open')
  try {
    // Finalizers run behind the first one; what they let go of is collected by the second.
    for (let i = 0; i < 2; i++) await command(socket, i, 'HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize = 0 } = await command<HeapUsage>(socket, 2, 'Runtime.getHeapUsage')
    return (usedSize + backingStorageSize) / 1024 / 1024
  } finally {
    socket.close()
    await once(socket, 'close')
  }
}

interface Target {
  readonly webSocketDebuggerUrl: string
}

/** As `Runtime.getHeapUsage` answers it, in bytes. */
interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize?: number
}

async function command<R>(socket: WebSocket, id: number, method: string): Promise<R> {
  const answer = once(socket, 'message')
  socket.send(JSON.stringify({ id, method }))
  const { result, error } = JSON.parse(String((await answer)[0])) as { result?: R; error?: { message: string } }
  if (result === undefined) throw new Error(`${method}: ${error?.message}`)
  return result
}
