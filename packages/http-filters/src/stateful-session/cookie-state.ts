import type { Message } from '@nuncio/config'
import { base64, fromBase64, latin1Text, type RequestHeaders, type ResponseHeaders } from '@nuncio/core'
import { cookieValue, pathOnly, wireText } from '@nuncio/matching'
import { decodeCookie, encodeCookie } from './cookie-message.ts'
import type { SessionState } from './session-state.ts'

type Config = Message<'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState'>

/** The address in a cookie. */
export class CookieState implements SessionState {
  readonly #name: string
  readonly #path: string
  /** 0 = as long as the browser keeps the session. */
  readonly #ttlSeconds: number
  readonly #attributes: string

  constructor({ cookie = {} }: Config) {
    this.#name = wireText(cookie.name ?? '')
    this.#path = wireText(cookie.path ?? '')
    this.#ttlSeconds = Math.floor((cookie.ttl ?? 0) / 1000)
    const age = this.#ttlSeconds === 0 ? '' : `; Max-Age=${this.#ttlSeconds}`
    const path = this.#path === '' ? '' : `; Path=${this.#path}`
    const more = (cookie.attributes ?? []).map(
      ({ name = '', value = '' }) => `; ${name}${value === '' ? '' : `=${value}`}`,
    )
    this.#attributes = wireText(`${age}${path}${more.join('')}; HttpOnly`)
  }

  /** As browsers have it: `/a` is for `/a` and all below it, not for `/ab`. */
  concerns({ path }: RequestHeaders): boolean {
    const own = this.#path
    if (own === '' || own === '/') return true
    const asked = pathOnly(path)
    return asked.startsWith(own) && (own.endsWith('/') || asked.length === own.length || asked[own.length] === '/')
  }

  read(headers: RequestHeaders, wallMs: number): string {
    const bytes = fromBase64(cookieValue(headers, this.#name) ?? '')
    if (bytes === undefined || bytes.length === 0) return ''
    const cookie = decodeCookie(bytes)
    // Older proxies wrote the address alone.
    if (cookie === undefined) return latin1Text(bytes)
    return cookie.expires > 0 && wallMs / 1000 > cookie.expires ? '' : cookie.address
  }

  write(headers: ResponseHeaders, address: string, brought: string, wallMs: number): void {
    if (address === brought) return
    const expires = this.#ttlSeconds === 0 ? 0 : Math.floor(wallMs / 1000) + this.#ttlSeconds
    const value = base64(encodeCookie({ address, expires }))
    headers.append('set-cookie', `${this.#name}="${value}"${this.#attributes}`)
  }
}
