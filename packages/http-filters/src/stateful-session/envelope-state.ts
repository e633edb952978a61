import type { Message } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { decodeText, encodeAddress } from './address.ts'
import type { SessionState } from './session-state.ts'

type Config = Message<'envoy.extensions.http.stateful_session.envelope.v3.EnvelopeSessionState'>

/** Between the address and the upstream's own value. */
const MARK = ';UV:'

/** The upstream's own session header, with the address put around it on the way down and taken off on the way up. */
export class EnvelopeState implements SessionState {
  readonly #name: string

  constructor({ header = {} }: Config) {
    this.#name = (header.name ?? '').toLowerCase()
  }

  concerns(): boolean {
    return true
  }

  read(headers: RequestHeaders): string {
    const value = headers.get(this.#name)
    const mark = value?.indexOf(MARK) ?? -1
    if (value === undefined || mark < 0) return ''
    headers.set(this.#name, decodeText(value.slice(mark + MARK.length)))
    return decodeText(value.slice(0, mark))
  }

  write(headers: ResponseHeaders, address: string): void {
    const own = headers.get(this.#name)
    if (own !== undefined) headers.set(this.#name, `${encodeAddress(address)}${MARK}${encodeAddress(own)}`)
  }
}
