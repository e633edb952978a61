import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface Received {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly body: string
}

/** An origin that reads requests in one way only, and says so when there could be two. */
export class StrictOrigin implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  requests: Received[] = []
  /** Whatever could be read differently by somebody else. */
  violations: string[] = []
  /** The bytes of each answer. */
  answer: (request: Received, socket: Socket) => void = (_request, socket) =>
    void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      socket.on('end', () => socket.end())
      let bytes = ''
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.toString('latin1')
        for (let used = this.#take(bytes, socket); used > 0; used = this.#take(bytes, socket)) bytes = bytes.slice(used)
      })
    })
  }

  static async start(): Promise<StrictOrigin> {
    const origin = new StrictOrigin()
    origin.#server.listen(0, '127.0.0.1')
    await once(origin.#server, 'listening')
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Reads one request from the front; answers how many bytes it took, 0 = not all of it is there. */
  #take(bytes: string, socket: Socket): number {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const [start = '', ...lines] = bytes.slice(0, end).split('\r\n')
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/1\.1$/.exec(start)
    if (match === null) this.violations.push(`start line ${JSON.stringify(start)}`)
    const fields = lines.map((line) => /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?(.*)$/.exec(line) ?? [line, '?', line])
    const all = (name: string): string[] =>
      fields.filter((field) => field[1]!.toLowerCase() === name).map((field) => field[2]!)
    for (const line of lines)
      // oxlint-disable-next-line no-control-regex -- control bytes are what it looks for
      if (/[\0-\x08\x0a-\x1f\x7f]/.test(line) || !/^[^\s:]+:/.test(line))
        this.violations.push(`line ${JSON.stringify(line)}`)
    const lengths = all('content-length')
    const codings = all('transfer-encoding')
    if (all('host').length !== 1) this.violations.push(`${all('host').length} Host fields`)
    if (lengths.length + codings.length > 1) this.violations.push('more than one framing field')
    if (codings.length === 1 && codings[0] !== 'chunked') this.violations.push(`transfer-encoding: ${codings[0]!}`)
    const body =
      codings.length > 0
        ? chunked(bytes, end + 4)
        : lengths.length > 0
          ? counted(bytes, end + 4, Number(lengths[0]))
          : { text: '', end: end + 4 }
    if (body === undefined) return 0
    const request = { method: match?.[1] ?? '', path: match?.[2] ?? '', host: all('host')[0] ?? '', body: body.text }
    this.requests.push(request)
    this.answer(request, socket)
    return body.end
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function counted(bytes: string, at: number, length: number): { text: string; end: number } | undefined {
  return bytes.length < at + length ? undefined : { text: bytes.slice(at, at + length), end: at + length }
}

function chunked(bytes: string, from: number): { text: string; end: number } | undefined {
  let text = ''
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.slice(at, line), 16)
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', line)
      return end < 0 ? undefined : { text, end: end + 4 }
    }
    if (bytes.length < line + 2 + size + 2) return undefined
    text += bytes.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}
