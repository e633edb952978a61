import type { Socket } from 'node:net'

/** An answer to CONNECT that is longer is none: Envoy's figure. */
const MAX_ANSWER = 2000

/** Reads what a proxy answers to CONNECT, and nothing behind it. */
export class ConnectAnswer {
  readonly #socket: Socket
  readonly #done: (failure: string) => void
  #bytes = Buffer.alloc(0)
  readonly #onReadable = (): void => this.#read()
  readonly #onEnd = (): void => this.#settle('the proxy closed before it answered CONNECT')

  constructor(socket: Socket, done: (failure: string) => void) {
    this.#socket = socket
    this.#done = done
  }

  start(): void {
    this.#socket.on('readable', this.#onReadable)
    this.#socket.on('end', this.#onEnd)
  }

  #read(): void {
    const chunk = this.#socket.read() as Buffer | null
    if (chunk === null) return
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end < 0) return this.#judgePart()
    if (end + 4 > MAX_ANSWER) return this.#settle('the answer to CONNECT is too long')
    const status = /^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(this.#bytes.toString('latin1', 0, end + 2))?.[1]
    if (status !== '200')
      return this.#settle(
        status === undefined ? 'the answer to CONNECT is not HTTP/1' : `CONNECT was answered ${status}`,
      )
    const rest = this.#bytes.subarray(end + 4)
    if (rest.length > 0) this.#socket.unshift(rest)
    this.#settle('')
  }

  #judgePart(): void {
    if (this.#bytes.length > MAX_ANSWER) return this.#settle('the answer to CONNECT is too long')
    const beginning = 'HTTP/1.'.slice(0, this.#bytes.length)
    if (this.#bytes.toString('latin1', 0, beginning.length) !== beginning)
      this.#settle('the answer to CONNECT is not HTTP/1')
  }

  #settle(failure: string): void {
    this.#socket.off('readable', this.#onReadable)
    this.#socket.off('end', this.#onEnd)
    this.#done(failure)
  }
}
