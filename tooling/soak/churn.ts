import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Tally } from '../bench/reload/clients.ts'

export interface ChurnOptions {
  readonly port: number
  readonly tally: Tally
  readonly running: () => boolean
}

/** WebSockets that come, echo and go: some with a close frame, some without a word. */
export async function churnWebSockets({ port, tally, running }: ChurnOptions): Promise<void> {
  for (let i = 0; running(); i++) {
    tally.requests++
    const failure = await echoed(port, i)
    if (failure !== undefined) tally.fail('body', `WebSocket: ${failure}`)
  }
}

async function echoed(port: number, i: number): Promise<string | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
  let failure: string | undefined
  socket.on('error', (error) => (failure ??= error.message))
  const opened = await Promise.race([once(socket, 'open').catch(() => false), once(socket, 'close')])
  if (opened === false || socket.readyState !== WebSocket.OPEN) return failure ?? 'was not opened'
  for (let n = 0; n < 5; n++) {
    const message = `${i} ${n} `.repeat(1 + (i % 200))
    socket.send(message)
    const [answer] = (await Promise.race([once(socket, 'message').catch(() => ['']), sleep(5000, [''])])) as [
      Buffer | '',
    ]
    if (answer.toString() !== message) failure ??= `echoed ${answer.length} bytes for ${message.length}`
  }
  if (i % 3 === 0) socket.terminate()
  else {
    socket.close(1000)
    await Promise.race([once(socket, 'close'), sleep(2000)])
  }
  socket.terminate()
  return failure
}

/** Clients that leave in the middle: of a head, of a request, of an answer without end. */
export async function abortClients({ port, running }: ChurnOptions): Promise<void> {
  const parts = [
    'GET / HTTP/1.1\r\nhos',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\npart',
    'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n',
  ]
  for (let i = 0; running(); i++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(parts[i % parts.length]!)
    await sleep(5 + (i % 7) * 10)
    if (i % 2 === 0) socket.resetAndDestroy()
    else socket.destroy()
  }
}
