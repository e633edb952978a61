import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'

/** How many come of each kind. */
export interface CrowdSizes {
  /** One request each, then silence. */
  readonly idle: number
  /** A message each way, all of them, then again. */
  readonly webSockets: number
  /** A connection for each request. */
  readonly short: number
}

/** What went wrong of how much. */
export interface CrowdTally {
  requests: number
  messages: number
  failed: number
}

const AT_A_TIME = 50
const REQUEST = 'GET /crowd HTTP/1.1\r\nhost: crowd\r\n\r\n'
const LAST_REQUEST = 'GET /crowd HTTP/1.1\r\nhost: crowd\r\nconnection: close\r\n\r\n'

/**
 * Everybody at once: connections that fall silent, WebSockets that talk both ways, and beside them connections that come
 * and go. `atMost` is called while all are there. Answers when everybody has left.
 */
export async function crowd(port: number, sizes: CrowdSizes, atMost: () => Promise<void> | void): Promise<CrowdTally> {
  const tally: CrowdTally = { requests: 0, messages: 0, failed: 0 }
  const idle = await inTurns(sizes.idle, () => idleConnection(port, tally))
  const webSockets = await inTurns(sizes.webSockets, () => openWebSocket(port, tally))
  for (const round of ['first', 'second']) {
    await Promise.all([
      ...webSockets.map((socket) => exchange(socket, round, tally)),
      inTurns(sizes.short / 2, () => shortConnection(port, tally)),
    ])
  }
  await atMost()
  for (const socket of idle) socket?.destroy()
  await Promise.all(webSockets.map((socket) => leave(socket)))
  return tally
}

/** So many, a few at a time. */
async function inTurns<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      made.push(await make())
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, count) }, worker))
  return made
}

async function ask(port: number, request: string, tally: CrowdTally): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(request)
  tally.requests++
  const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean]
  if (!Buffer.isBuffer(answer) || !answer.toString('latin1').startsWith('HTTP/1.1 200')) tally.failed++
  return socket
}

async function idleConnection(port: number, tally: CrowdTally): Promise<Socket> {
  return await ask(port, REQUEST, tally)
}

async function shortConnection(port: number, tally: CrowdTally): Promise<void> {
  const socket = await ask(port, LAST_REQUEST, tally)
  socket.resume()
  if (!socket.destroyed) await once(socket, 'close')
}

async function openWebSocket(port: number, tally: CrowdTally): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  socket.on('error', () => void tally.failed++)
  await Promise.race([once(socket, 'open'), once(socket, 'close')])
  return socket
}

async function exchange(socket: WebSocket, text: string, tally: CrowdTally): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return
  tally.messages++
  socket.send(text)
  const [answer] = (await Promise.race([once(socket, 'message'), once(socket, 'close')])) as [unknown]
  if (String(answer) !== text) tally.failed++
}

async function leave(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return
  const closed = once(socket, 'close')
  socket.close()
  await closed
}
