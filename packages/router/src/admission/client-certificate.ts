import { isMessage, type Message } from '@nuncio/config'
import type { ConnectionInfo, RequestHeaders, StreamInfo, TlsInfo } from '@nuncio/core'
import { compileMatchTree, type ConfigPlace, HTTP_INPUTS, type HttpMatchData, httpMatchData, type MatchTree, quoted } from '@nuncio/matching' // prettier-ignore

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
    if (this.#mode === 'SANITIZE' || tls?.peer === undefined) {
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

/** Which policy is for a request: what `forward_client_cert_matcher` says, else that of all. */
export class ClientCertificateChoice {
  readonly #otherwise: ClientCertificatePolicy
  readonly #tree: MatchTree<HttpMatchData, ClientCertificatePolicy> | undefined

  constructor(otherwise: ClientCertificatePolicy, tree?: MatchTree<HttpMatchData, ClientCertificatePolicy>) {
    this.#otherwise = otherwise
    this.#tree = tree
  }

  policyFor(
    headers: RequestHeaders,
    connection: ConnectionInfo,
    info: StreamInfo | undefined,
  ): ClientCertificatePolicy {
    if (this.#tree === undefined) return this.#otherwise
    asked.request = headers
    asked.info = info
    asked.connection = connection
    asked.remote = info?.remote ?? connection.remote
    const policy = this.#tree.match(asked) ?? this.#otherwise
    asked.request = asked.info = asked.connection = asked.remote = undefined
    return policy
  }
}

const asked: HttpMatchData = httpMatchData()

/** Undefined when all are treated by `SANITIZE`, the default: no request may carry the field. */
export function clientCertificateChoice(config: Config, place: ConfigPlace): ClientCertificateChoice | undefined {
  const { forward_client_cert_details: mode, forward_client_cert_matcher: matcher } = config
  if (matcher === undefined && (mode ?? 'SANITIZE') === 'SANITIZE') return undefined
  if (matcher === undefined) return new ClientCertificateChoice(policyOf(config))
  const tree = compileMatchTree(matcher, place.at('forward_client_cert_matcher', matcher), {
    inputs: HTTP_INPUTS,
    action: (any, _, at) => {
      if (isMessage(any, RULE)) return policyOf(any)
      at.error('unsupported', `${quoted(any['@type'])} says nothing of client certificates`, `use ${RULE}`)
      return undefined
    },
  })
  return new ClientCertificateChoice(policyOf(config), tree)
}

const RULE = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertConfig'

function policyOf({
  forward_client_cert_details: mode,
  set_current_client_cert_details: details,
}: Message<typeof RULE>): ClientCertificatePolicy {
  return new ClientCertificatePolicy(mode ?? 'SANITIZE', details ?? {})
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
