import type { ProxiedConnection } from '@nuncio/cluster'
import type { Tlv } from '@nuncio/core'
import type { Socket } from 'node:net'
import type { Preamble, PreambleFacts } from '../transport.ts'
import type { HeaderContents } from './contents.ts'
import { proxyHeaderV1, proxyHeaderV2 } from './header.ts'

/** Tells a host which connection it is that it gets, before anything else is said on it. */
export class ProxyProtocolPreamble implements Preamble {
  readonly #contents: HeaderContents

  constructor(contents: HeaderContents) {
    this.#contents = contents
  }

  run(socket: Socket, { options }: PreambleFacts, done: (failure: string) => void): void {
    const { version } = this.#contents
    const connection = options?.downstream
    socket.write(version === 1 ? proxyHeaderV1(connection) : proxyHeaderV2(connection, this.#tlvs(connection)))
    done('')
  }

  /** The configuration's first; of the connection's own those of other types that may pass. */
  #tlvs(connection: ProxiedConnection | undefined): readonly Tlv[] {
    const { added } = this.#contents
    const own = connection?.tlvs ?? []
    const passed = own.filter(({ type }) => this.#contents.passes(type) && !added.some((tlv) => tlv.type === type))
    return [...added, ...passed]
  }
}
