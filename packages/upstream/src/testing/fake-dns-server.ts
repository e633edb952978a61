import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { type AddressInfo, createServer, isIPv4, type Server, type Socket } from 'node:net'

/** What the server does with a question. */
export interface FakeDnsReply {
  /** 0 no error, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly code?: number
  /** IPv4 addresses for A, IPv6 addresses for AAAA questions; the others are left out. */
  readonly addresses?: readonly string[]
  readonly ttlSeconds?: number
  /** Says nothing at all. */
  readonly silent?: boolean
  /** Answers this instead: bytes after the question's id. */
  readonly raw?: Uint8Array
}

/** A DNS server on a loopback port that answers as it is told: nothing, lies, or a thousand records. */
export class FakeDnsServer {
  /** Questions, as `A name` or `AAAA name`. */
  readonly asked: string[] = []
  /** TCP connections that are open. */
  readonly connections = new Set<Socket>()
  readonly #socket: DatagramSocket | Server
  readonly #replies = new Map<string, FakeDnsReply>()
  #held: (() => void)[] | undefined = undefined

  private constructor(socket: DatagramSocket | Server) {
    this.#socket = socket
  }

  /** Over UDP, or over TCP only. */
  static async listen(over: 'udp' | 'tcp' = 'udp'): Promise<FakeDnsServer> {
    if (over === 'tcp') {
      const listener = createServer()
      const server = new FakeDnsServer(listener)
      listener.on('connection', (connection) => server.#onConnection(connection))
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
      return server
    }
    const socket = createSocket('udp4')
    const server = new FakeDnsServer(socket)
    socket.on('message', (message, from) => {
      server.#onMessage(message, (bytes) => socket.send(bytes, from.port, from.address))
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return server
  }

  /** `ip:port`, as a resolver's `servers` wants it. */
  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`
  }

  /** Answers for a name; names without are NXDOMAIN. */
  set(name: string, reply: FakeDnsReply): this {
    this.#replies.set(name, reply)
    return this
  }

  /** Keeps answers back until `release`. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const send of held) send()
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy()
    await new Promise<void>((resolve) => void this.#socket.close(() => resolve()))
  }

  #onConnection(connection: Socket): void {
    this.connections.add(connection)
    connection.on('error', () => {})
    connection.on('close', () => this.connections.delete(connection))
    let read: Buffer = Buffer.alloc(0)
    connection.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      while (read.length >= 2 && read.length >= 2 + read.readUInt16BE(0)) {
        const end = 2 + read.readUInt16BE(0)
        this.#onMessage(read.subarray(2, end), (bytes) => writeInPieces(connection, bytes))
        read = read.subarray(end)
      }
    })
  }

  #onMessage(message: Buffer, write: (bytes: Buffer) => void): void {
    const { name, type, end } = readQuestion(message)
    this.asked.push(`${type === 1 ? 'A' : type === 28 ? 'AAAA' : type} ${name}`)
    const reply = this.#replies.get(name) ?? { code: 3 }
    if (reply.silent === true) return
    const bytes =
      reply.raw === undefined ? answer(message, end, type, reply) : Buffer.concat([message.subarray(0, 2), reply.raw])
    const send = (): void => write(bytes)
    if (this.#held === undefined) send()
    else this.#held.push(send)
  }
}

/** As a network may deliver it: the length and the message apart. */
function writeInPieces(connection: Socket, bytes: Buffer): void {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  connection.write(length)
  connection.write(bytes)
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function answer(message: Buffer, end: number, type: number, reply: FakeDnsReply): Buffer {
  const wanted = (reply.addresses ?? []).filter((ip) => isIPv4(ip) === (type === 1))
  const head = Buffer.from(message.subarray(0, end))
  head.writeUInt16BE(0x8180 | (reply.code ?? 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(wanted.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, ...wanted.map((ip) => record(ip, type, reply.ttlSeconds ?? 60))])
}

function record(ip: string, type: number, ttl: number): Buffer {
  const data = type === 1 ? Buffer.from(ip.split('.').map(Number)) : v6Bytes(ip)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function v6Bytes(ip: string): Buffer {
  const [before = '', after] = ip.split('::')
  const parse = (part: string | undefined): number[] =>
    part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []
  const head = parse(before)
  const tail = after === undefined ? [] : parse(after)
  const words = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
  const bytes = Buffer.alloc(16)
  words.forEach((word, i) => bytes.writeUInt16BE(word, i * 2))
  return bytes
}
