import { connect, type Socket } from 'node:net'

// HTTP/2 byte by byte, for peers that break the rules on purpose.

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const
export const END_STREAM = 1
export const ACK = 1
export const END_HEADERS = 4

/** One received frame. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** A frame as it goes on the wire. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Adds the whole frames that bytes begin with to a list; answers where they end. */
export function framesIn(bytes: Buffer, into: Frame[]): number {
  let at = 0
  while (at + 9 <= bytes.length && at + 9 + bytes.readUIntBE(at, 3) <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    const payload = bytes.subarray(at + 9, end)
    into.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload,
    })
    at = end
  }
  return at
}

/** A header block of literals that enter no table: any bytes go as names and values. */
export function literals(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0x10), text(name), text(value)]))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(bytes.length), bytes])
}

/** An HPACK integer with a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value)
  const out = [127]
  let rest = value - 127
  while (rest >= 128) {
    out.push((rest & 127) | 128)
    rest >>>= 7
  }
  return Buffer.from([...out, rest])
}

export function uint32(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => out.writeUInt32BE(value, 4 * i))
  return out
}

/** A setting of a SETTINGS frame. */
export function setting(id: number, value: number): Buffer {
  const out = Buffer.alloc(6)
  out.writeUInt16BE(id, 0)
  out.writeUInt32BE(value, 2)
  return out
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** The fields of a plain request; more may follow. */
export function get(path = '/', more: readonly (readonly [string, string])[] = []): [string, string][] {
  return [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'a.test'],
    ...more.map(([name, value]): [string, string] => [name, value]),
  ]
}

/** A client that sends frames as it is told and keeps what it receives. */
export class Http2FrameClient {
  readonly socket: Socket
  readonly frames: Frame[] = []
  closed = false
  #rest: Buffer = Buffer.alloc(0)
  #wakers: (() => void)[] = []

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect(port, host)
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  /** Sends the connection preface, with settings if any. */
  hello(settings: Uint8Array = Buffer.alloc(0)): this {
    this.write(Buffer.concat([Buffer.from(PREFACE), frame(FRAME.SETTINGS, 0, 0, settings)]))
    return this
  }

  /** Answers whether the socket has room. */
  write(bytes: Uint8Array): boolean {
    return this.closed || this.socket.write(bytes)
  }

  /** Writes again and again, as fast as the other side reads, up to `times` or until it closes; answers how often. */
  async flood(bytes: Uint8Array, times: number): Promise<number> {
    let sent = 0
    while (sent < times && !this.closed) {
      sent++
      if (this.write(bytes)) continue
      await this.#drained()
    }
    return sent
  }

  #drained(): Promise<void> {
    if (this.closed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wakers.push(resolve)
      this.socket.once('drain', resolve)
    })
  }

  /** A request in one HEADERS frame. */
  request(stream: number, fields: readonly (readonly [string, string])[], end = true): this {
    this.write(frame(FRAME.HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, literals(fields)))
    return this
  }

  /** The first frame that fits, received already or to come; undefined when the connection closes before. */
  async until(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find((each) => fits(each))
      if (found !== undefined || this.closed) return found
      await new Promise<void>((resolve) => this.#wakers.push(resolve))
    }
  }

  /** Settles when the connection is closed. */
  async end(): Promise<void> {
    await this.until(() => false)
  }

  /**
   * How a stream fared: its status, `reset CODE` of it or of the connection (GOAWAY), or `closed`. The status needs
   * a header block that starts with a status of the static table or a literal of its name, as servers write it.
   */
  async fate(stream: number): Promise<string> {
    const found = await this.until(
      ({ type, stream: of }) =>
        (of === stream && (type === FRAME.HEADERS || type === FRAME.RST_STREAM)) || type === FRAME.GOAWAY,
    )
    if (found === undefined) return 'closed'
    if (found.type === FRAME.RST_STREAM) return `reset ${found.payload.readUInt32BE(0)}`
    if (found.type === FRAME.GOAWAY) return `goaway ${found.payload.readUInt32BE(4)}`
    return statusOf(found.payload)
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = bytes.subarray(framesIn(bytes, this.frames))
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake()
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

const STATIC_STATUS = ['200', '204', '206', '304', '400', '404', '500']

function statusOf(block: Buffer): string {
  const first = block[0]!
  if (first >= 0x88 && first <= 0x8e) return STATIC_STATUS[first - 0x88]!
  // A literal whose name is one of the static table's `:status` entries: three digits, Huffman coded or not.
  const length = block[1]! & 127
  const value = block.subarray(2, 2 + length)
  return (block[1]! & 128) === 0 ? value.toString('latin1') : digits(value)
}

/** Digits in HPACK's Huffman code: 0 to 2 have five bits, 3 to 9 six. */
function digits(bytes: Buffer): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  let out = ''
  while (bits.length >= 5 && out.length < 3) {
    const five = Number.parseInt(bits.slice(0, 5), 2)
    if (five < 3) {
      out += String(five)
      bits = bits.slice(5)
    } else {
      out += String(Number.parseInt(bits.slice(0, 6), 2) - 0x19 + 3)
      bits = bits.slice(6)
    }
  }
  return out
}
