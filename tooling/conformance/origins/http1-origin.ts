import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { Reply } from '../model/document.ts'
import { bodyText, headerPairs } from '../model/requests.ts'
import { type Message, MessageReader } from '../wire/message-reader.ts'
import { headerSet, shownContent } from '../wire/observed.ts'
import type { Stage } from './origin.ts'

/** HTTP/1 over a raw socket: it can say things that no library would let it say. */
export function http1Listener(stage: Stage, tls: TlsOptions | undefined): Server {
  const onSocket = (socket: Socket): void => new Connection(socket, stage).start()
  const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createTlsServer(tls)
  return server.on(tls === undefined ? 'connection' : 'secureConnection', onSocket)
}

class Connection {
  readonly #socket: Socket
  readonly #stage: Stage
  readonly #reader = new MessageReader()
  #number = 0
  /** The request whose answer began before its end. */
  #early = false
  #echo = false

  constructor(socket: Socket, stage: Stage) {
    this.#socket = socket
    this.#stage = stage
  }

  start(): void {
    this.#number = this.#stage.nextConnection()
    this.#socket.setNoDelay(true)
    this.#socket.on('error', () => {})
    this.#socket.on('data', (chunk: Buffer) => {
      if (this.#echo) return void this.#socket.write(chunk)
      this.#stage.arrived(chunk.toString('latin1'))
      this.#reader.push(chunk)
      this.#read(false)
    })
    this.#socket.on('end', () => {
      if (!this.#echo) this.#read(true)
      this.#socket.end()
    })
    this.#socket.on('close', () => {
      this.#read(true)
      this.#stage.unfinished(this.#socket, false)
    })
  }

  #read(closed: boolean): void {
    if (!this.#early) this.#answerEarly()
    this.#take(closed)
    this.#stage.unfinished(this.#socket, !this.#echo && this.#reader.rest !== '')
  }

  #take(closed: boolean): void {
    for (let message = this.#reader.next('request', closed); message; message = this.#reader.next('request', closed)) {
      this.#write(message)
      if (!this.#early && message.complete) this.#answer(message.start, this.#stage.nextReply())
      this.#early = false
      if (this.#echo) return
    }
  }

  #write({ start, headers, body, trailers, complete }: Message): void {
    const set = headerSet(headers)
    this.#stage.received({
      start,
      headers: set,
      order: headers.map(([name]) => name),
      body: shownContent(body, set),
      trailers: headerSet(trailers),
      ...(!complete && { complete: false as const }),
      connection: this.#number,
    })
  }

  #answerEarly(): void {
    const head = this.#reader.head()
    if (head === undefined) return
    const fields = new Map(head.headers.map(([name, value]) => [name.toLowerCase(), value]))
    // Who has no body to send waits for nothing.
    const expecting = fields.has('expect') && fields.get('content-length') !== '0'
    if (expecting && this.#reader.rest.length === head.end) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    if (!this.#stage.peekReply().early) return
    this.#early = true
    this.#answer(head.start, this.#stage.nextReply())
  }

  #answer(start: string, reply: Reply): void {
    this.#stage.when(reply.after, () => this.#send(start, reply))
  }

  #send(start: string, reply: Reply): void {
    const { raw, echo = false, then, status } = reply
    if (echo) {
      this.#echo = true
      const rest = this.#reader.takeRest()
      const own = lines(headerPairs(reply.headers ?? { connection: 'Upgrade', upgrade: 'websocket' }))
      const line = status === undefined ? '101 Switching Protocols' : `${status} Scripted`
      this.#socket.write(`HTTP/1.1 ${line}\r\n${own}\r\n${rest}`, 'latin1')
      return
    }
    if (raw !== undefined) this.#socket.write(raw, 'latin1')
    else if (then === undefined || status !== undefined) {
      this.#socket.write(responseText(start, reply, this.#stage.name), 'latin1')
      if (reply.pieces !== undefined) return this.#pieces(reply, 0)
    }
    this.#finish(reply)
  }

  #pieces(reply: Reply, from: number): void {
    const piece = reply.pieces?.[from]
    if (piece === undefined) {
      if (reply.then === undefined) this.#socket.write(`0\r\n${lines(headerPairs(reply.trailers))}\r\n`, 'latin1')
      return this.#finish(reply)
    }
    this.#stage.when(piece.after, () => {
      this.#socket.write(chunk(bodyText(piece.body)), 'latin1')
      this.#pieces(reply, from + 1)
    })
  }

  #finish({ then }: Reply): void {
    if (then === 'close') this.#socket.end()
    if (then === 'reset') this.#socket.resetAndDestroy()
  }
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

function lines(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

/** The whole answer, or its head when the body comes in pieces. */
function responseText(start: string, reply: Reply, name: string): string {
  const { status = 200, pieces, trailers } = reply
  const headers = headerPairs(reply.headers)
  const interim = (reply.interim ?? []).map(
    (each) => `HTTP/1.1 ${each.status} Interim\r\n${lines(headerPairs(each.headers))}\r\n`,
  )
  const head = `${interim.join('')}HTTP/1.1 ${status} Scripted\r\n${lines(headers)}`
  const has = (wanted: string): boolean => headers.some(([header]) => header.toLowerCase() === wanted)
  if (pieces !== undefined) return `${head}${has('content-length') ? '' : 'transfer-encoding: chunked\r\n'}\r\n`
  const body = status === 204 || status === 304 ? '' : reply.body === undefined ? name : bodyText(reply.body)
  const alone = start.startsWith('HEAD ')
  if (trailers !== undefined) {
    const chunks = `${chunk(body)}0\r\n${lines(headerPairs(trailers))}\r\n`
    return `${head}transfer-encoding: chunked\r\n\r\n${alone ? '' : chunks}`
  }
  const length = has('content-length') || status === 204 || status === 304 ? '' : `content-length: ${body.length}\r\n`
  return `${head}${length}\r\n${alone ? '' : body}`
}
