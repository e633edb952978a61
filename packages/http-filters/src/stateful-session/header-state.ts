import type { Message } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { decodeText, encodeAddress } from './address.ts'
import type { SessionState } from './session-state.ts'

type Config = Message<'envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState'>

/** The address in a header, for clients that are no browsers. */
export class HeaderState implements SessionState {
  readonly #name: string

  constructor({ name = '' }: Config) {
    this.#name = name.toLowerCase()
  }

  concerns(): boolean {
    return true
  }
  read(headers: RequestHeaders): string {
    return decodeText(headers.get(this.#name) ?? '')
  }
  write(headers: ResponseHeaders, address: string, brought: string): void {
    if (address !== brought) headers.set(this.#name, encodeAddress(address))
  }
}
