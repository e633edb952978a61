import { once } from 'node:events'
import { WebSocket } from 'ws'

/** The flag with which a process lets `liveHeapMiB` look inside. */
export const inspectable = (port: number): string => `--inspect=127.0.0.1:${port}`

/** What a process still needs after everything that nobody needs was collected, in MiB. */
export interface LiveHeap {
  /** Objects of JavaScript, and the memory behind buffers. */
  readonly dataMiB: number
  /** What V8 made of the source: bytecode, and machine code that comes and goes with what is hot. */
  readonly codeMiB: number
}

/** Looks into a process that listens for an inspector. */
export async function liveHeap(inspectorPort: number): Promise<LiveHeap> {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json()) as readonly Target[]
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl)
  await once(socket, 'open')
  try {
    // Finalizers run behind the first one; what they let go of is collected by the second.
    for (let i = 0; i < 2; i++) await command(socket, i, 'HeapProfiler.collectGarbage')
    const { result } = await command<{ result: { value: Spaces } }>(socket, 2, 'Runtime.evaluate', {
      expression: SPACES,
      returnByValue: true,
    })
    const { spaces, buffers } = result.value
    const isCode = ([name]: readonly [string, number]): boolean => CODE_SPACE.test(name)
    const sum = (some: Spaces['spaces']): number => some.reduce((bytes, [, used]) => bytes + used, 0) / 1024 / 1024
    return {
      dataMiB: sum([...spaces.filter((space) => !isCode(space)), ['buffers', buffers]]),
      codeMiB: sum(spaces.filter(isCode)),
    }
  } finally {
    socket.close()
    await once(socket, 'close')
  }
}

/** Machine code, and what only V8 may point at: above all bytecode. */
const CODE_SPACE = /^(shared_)?(code|trusted)_|^(code|trusted)_large_object_space$/

/** In bytes. */
interface Spaces {
  readonly spaces: readonly (readonly [name: string, used: number])[]
  readonly buffers: number
}

/** Runs over there. */
const SPACES = `({
  spaces: process.getBuiltinModule('v8').getHeapSpaceStatistics().map((space) => [space.space_name, space.space_used_size]),
  buffers: process.memoryUsage().arrayBuffers,
})`

interface Target {
  readonly webSocketDebuggerUrl: string
}

async function command<R>(socket: WebSocket, id: number, method: string, params = {}): Promise<R> {
  const answer = once(socket, 'message')
  socket.send(JSON.stringify({ id, method, params }))
  const { result, error } = JSON.parse(String((await answer)[0])) as { result?: R; error?: { message: string } }
  if (result === undefined) throw new Error(`${method}: ${error?.message}`)
  return result
}
