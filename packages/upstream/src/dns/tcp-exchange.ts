import { connect, type Socket } from 'node:net'
import type { Timer, TimeSource } from '@nuncio/core'

export interface DnsServerAddress {
  readonly host: string
  readonly port: number
}

const DNS_PORT = 53

/** `ip`, `ip:port` or `[v6]:port`. */
export function readServer(text: string): DnsServerAddress {
  const match = /^\[(.*)\](?::(\d+))?$|^([^:]*):(\d+)$/.exec(text)
  if (match === null) return { host: text, port: DNS_PORT }
  return { host: match[1] ?? match[3]!, port: Number(match[2] ?? match[4] ?? DNS_PORT) }
}

/** One message to a DNS server over a connection of its own, and the one that comes back. */
export class TcpExchange {
  readonly #socket: Socket
  readonly #timer: Timer
  readonly #onEnd: (code: string, message: Buffer | undefined) => void
  #read: Buffer = Buffer.alloc(0)
  #open = true

  /** `onEnd` is called once: with the message and '', or with the system's word for what went wrong (`ETIMEOUT` for time). */
  constructor(
    server: DnsServerAddress,
    message: Buffer,
    limit: { readonly time: TimeSource; readonly timeoutMs: number },
    onEnd: (code: string, message: Buffer | undefined) => void,
  ) {
    this.#onEnd = onEnd
    this.#timer = limit.time.setTimer(limit.timeoutMs, () => this.#end('ETIMEOUT', undefined))
    this.#socket = connect(server)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'ECONNRESET', undefined))
    this.#socket.on('close', () => this.#end('ECONNRESET', undefined))
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    this.#socket.write(Buffer.concat([length, message]))
  }

  /** Ends it; nothing is told any more. */
  close(): void {
    this.#open = false
    this.#timer.cancel()
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    this.#read = Buffer.concat([this.#read, chunk])
    if (this.#read.length < 2) return
    const end = 2 + this.#read.readUInt16BE(0)
    if (this.#read.length >= end) this.#end('', this.#read.subarray(2, end))
  }

  #end(code: string, message: Buffer | undefined): void {
    if (!this.#open) return
    this.close()
    this.#onEnd(code, message)
  }
}
