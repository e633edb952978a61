import { formatAddress } from '@nuncio/core'
import type { Socket } from 'node:net'
import type { DialTarget, Preamble, PreambleFacts } from '../transport.ts'
import { ConnectAnswer } from './connect-answer.ts'

/** Asks the proxy at the other end to reach the host. */
export class ConnectPreamble implements Preamble {
  readonly #secure: boolean
  readonly #hasDefault: boolean

  /** `secure`: TLS comes on top; `hasDefault`: the transport socket names a proxy itself. */
  constructor(secure: boolean, hasDefault: boolean) {
    this.#secure = secure
    this.#hasDefault = hasDefault
  }

  run(socket: Socket, { target }: PreambleFacts, done: (failure: string) => void): void {
    // Plain requests to a proxy that the transport socket names are sent to it as they are, as Envoy does.
    const asks = this.#hasDefault ? this.#secure : target.proxyAddress !== undefined
    if (!asks) return done('')
    const authority = authorityOf(target)
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`, 'latin1')
    new ConnectAnswer(socket, done).start()
  }
}

function authorityOf({ hostname, address, port }: DialTarget): string {
  return hostname === '' ? address : formatAddress({ address: hostname, port })
}
