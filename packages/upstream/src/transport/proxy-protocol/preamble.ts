import type { TransportOptions } from '@nuncio/cluster'
import type { Socket } from 'node:net'
import type { Preamble } from '../transport.ts'
import { proxyHeaderV1, proxyHeaderV2 } from './header.ts'

/** Tells a host which connection it is that it gets, before anything else is said on it. */
export class ProxyProtocolPreamble implements Preamble {
  readonly #version: 1 | 2

  constructor(version: 1 | 2) {
    this.#version = version
  }

  run(socket: Socket, options: TransportOptions | undefined, done: (failure: string) => void): void {
    const make = this.#version === 1 ? proxyHeaderV1 : proxyHeaderV2
    socket.write(make(options?.downstream))
    done('')
  }
}
