import type { Message } from '@nuncio/config'
import type { RequestHeaders, TlsInfo } from '@nuncio/core'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

const XFCC = 'x-forwarded-client-cert'
type Mode = NonNullable<Config['forward_client_cert_details']>
type Details = NonNullable<Config['set_current_client_cert_details']>

/** What a connection manager does with `x-forwarded-client-cert`: `forward_client_cert_details` and its like. */
export class ClientCertificatePolicy {
  readonly #mode: Mode
  readonly #details: Details
  /** An element is the same for all requests of a connection. */
  readonly #elements = new WeakMap<TlsInfo, string>()

  constructor(mode: Mode, details: Details) {
    this.#mode = mode
    this.#details = details
  }

  /** Decides on the field of one request. A client without a certificate may not speak of one. */
  apply(headers: RequestHeaders, tls: TlsInfo | undefined): void {
    if (this.#mode === 'ALWAYS_FORWARD_ONLY') return
    if (tls?.peer === undefined) {
      headers.remove(XFCC)
      return
    }
    if (this.#mode === 'FORWARD_ONLY') return
    const given = this.#mode === 'APPEND_FORWARD' ? headers.getJoined(XFCC) : undefined
    const own = this.#element(tls)
    headers.set(XFCC, given === undefined || given === '' ? own : `${given},${own}`)
  }

  #element(tls: TlsInfo): string {
    let text = this.#elements.get(tls)
    if (text === undefined) this.#elements.set(tls, (text = clientCertificateElement(tls, this.#details)))
    return text
  }
}

/** Undefined for `SANITIZE`, the default: no request may carry the field. */
export function clientCertificatePolicy(config: Config): ClientCertificatePolicy | undefined {
  const mode = config.forward_client_cert_details ?? 'SANITIZE'
  return mode === 'SANITIZE'
    ? undefined
    : new ClientCertificatePolicy(mode, config.set_current_client_cert_details ?? {})
}

/** One element of the field, such as `By=spiffe://a/b;Hash=…;Subject="CN=client"`. */
export function clientCertificateElement({ peer, local }: TlsInfo, wanted: Details): string {
  const parts = (local?.uriSans ?? []).map((uri) => `By=${uri}`)
  if (peer === undefined) return parts.join(';')
  if (peer.sha256 !== '') parts.push(`Hash=${peer.sha256}`)
  if (wanted.cert === true && peer.urlEncodedPem !== '') parts.push(`Cert="${peer.urlEncodedPem}"`)
  if (wanted.chain === true && peer.urlEncodedChain !== '') parts.push(`Chain="${peer.urlEncodedChain}"`)
  if (wanted.subject === true) parts.push(`Subject="${peer.subject}"`)
  if (wanted.uri === true) {
    if (peer.uriSans.length === 0) parts.push('URI=')
    for (const uri of peer.uriSans) parts.push(`URI=${uri}`)
  }
  if (wanted.dns === true) for (const name of peer.dnsSans) parts.push(`DNS=${name}`)
  return parts.join(';')
}
