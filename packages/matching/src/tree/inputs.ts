import type { AnyMessage, Message } from '@nuncio/config'
import type { HeaderMap } from '@nuncio/core'
import { cidrSet } from '../cidr/cidr-set.ts'
import { filterStateValue } from '../metadata/filter-state-matcher.ts'
import { metadataValue } from '../metadata/metadata-matcher.ts'
import { decodedQueryParameter } from '../query/decode.ts'
import { wireText } from '../text/text.ts'
import type { HttpMatchData, NetworkMatchData } from './match-data.ts'

/** Something that a match tree looks at; undefined = absent, which matches nothing. */
export interface MatchInput<D> {
  get(data: D): string | undefined
  describe(): string
}

/** Makes an input from its configuration, by the type of that. */
export type InputRegistry<D> = ReadonlyMap<string, (config: AnyMessage) => MatchInput<D>>

class Input<D> implements MatchInput<D> {
  readonly #words: string
  readonly get: (data: D) => string | undefined
  constructor(words: string, get: (data: D) => string | undefined) {
    this.#words = words
    this.get = get
  }
  describe(): string {
    return this.#words
  }
}

/** An input that needs no configuration. */
function plain<D>(words: string, get: (data: D) => string | undefined): () => MatchInput<D> {
  const input = new Input(words, get)
  return () => input
}

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3.'
const SSL = 'envoy.extensions.matching.common_inputs.ssl.v3.'
const HTTP = 'envoy.type.matcher.v3.'
const LOOPBACK = cidrSet('127.0.0.1/32', '::1')

/** Inputs about a connection. */
export const NETWORK_INPUTS: InputRegistry<NetworkMatchData> = new Map([
  [`${NETWORK}DestinationIPInput`, plain('destination IP', (data) => data.connection?.local.address)],
  [`${NETWORK}DestinationPortInput`, plain('destination port', (data) => numberText(data.connection?.local.port))],
  [`${NETWORK}SourceIPInput`, plain('source IP', (data) => data.remote?.address)],
  [`${NETWORK}SourcePortInput`, plain('source port', (data) => numberText(data.remote?.port))],
  [`${NETWORK}DirectSourceIPInput`, plain('direct source IP', (data) => data.connection?.directRemote.address)],
  [`${NETWORK}SourceTypeInput`, plain('source type', sourceType)],
  [`${NETWORK}ServerNameInput`, plain('server name', (data) => some(data.connection?.serverName))],
  [`${NETWORK}TransportProtocolInput`, plain('transport protocol', transportProtocol)],
  [`${NETWORK}ApplicationProtocolInput`, plain('application protocol', (data) => some(data.connection?.tls?.alpn))],
  [`${SSL}UriSanInput`, plain('URI SANs', (data) => some(data.connection?.tls?.peer?.uriSans.join(',')))],
  [`${SSL}DnsSanInput`, plain('DNS SANs', (data) => some(data.connection?.tls?.peer?.dnsSans.join(',')))],
  [`${SSL}SubjectInput`, plain('certificate subject', (data) => some(data.connection?.tls?.peer?.subject))],
  [`${NETWORK}FilterStateInput`, connectionState],
] satisfies [string, (config: AnyMessage) => MatchInput<NetworkMatchData>][])

/** Inputs about a request and its response; those about its connection too. */
export const HTTP_INPUTS: InputRegistry<HttpMatchData> = new Map([
  ...NETWORK_INPUTS,
  [`${HTTP}HttpRequestHeaderMatchInput`, header('header', (data) => data.request)],
  [`${HTTP}HttpRequestTrailerMatchInput`, header('trailer', (data) => data.requestTrailers)],
  [`${HTTP}HttpResponseHeaderMatchInput`, header('response header', (data) => data.response)],
  [`${HTTP}HttpResponseTrailerMatchInput`, header('response trailer', (data) => data.responseTrailers)],
  [`${HTTP}HttpResponseStatusCodeMatchInput`, plain('status', (data) => numberText(statusOf(data)))],
  [`${HTTP}HttpResponseStatusCodeClassMatchInput`, plain('status class', statusClass)],
  [`${HTTP}HttpRequestQueryParamMatchInput`, query],
  [`${NETWORK}FilterStateInput`, streamState],
  [`${NETWORK}DynamicMetadataInput`, dynamicMetadata],
] satisfies [string, (config: AnyMessage) => MatchInput<HttpMatchData>][])

function header(
  word: string,
  of: (data: HttpMatchData) => HeaderMap | undefined,
): (config: AnyMessage) => MatchInput<HttpMatchData> {
  return (config) => {
    const written = (
      (config as Message<'envoy.type.matcher.v3.HttpRequestHeaderMatchInput'>).header_name ?? ''
    ).toLowerCase()
    const name = written === 'host' ? ':authority' : written
    return new Input(`${word} ${name}`, (data) => {
      const headers = of(data)
      if (headers === undefined) data.unavailable = true
      return headers?.getJoined(name)
    })
  }
}

function query(config: AnyMessage): MatchInput<HttpMatchData> {
  const name = (config as Message<'envoy.type.matcher.v3.HttpRequestQueryParamMatchInput'>).query_param ?? ''
  const wire = wireText(name)
  return new Input(`query parameter ${name}`, (data) =>
    data.request === undefined ? undefined : decodedQueryParameter(data.request.path, wire),
  )
}

function connectionState(config: AnyMessage): MatchInput<NetworkMatchData> {
  const key = stateKey(config)
  return new Input(`filter state ${key}`, (data) => data.connection?.filterState?.get(key)?.serialize())
}

function streamState(config: AnyMessage): MatchInput<HttpMatchData> {
  const key = stateKey(config)
  return new Input(`filter state ${key}`, (data) => filterStateValue(data.info, key)?.serialize())
}

function stateKey(config: AnyMessage): string {
  return (config as Message<'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput'>).key ?? ''
}

function dynamicMetadata(config: AnyMessage): MatchInput<HttpMatchData> {
  const { filter = '', path = [] } =
    config as Message<'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput'>
  const keys = path.map((segment) => segment.key ?? '')
  return new Input(`metadata ${filter}:${keys.join('.')}`, (data) => {
    const value = metadataValue(data.info?.metadata, filter, keys)
    return typeof value === 'string' ? wireText(value) : undefined
  })
}

function sourceType(data: NetworkMatchData): string | undefined {
  const remote = data.remote?.address
  if (remote === undefined || data.connection === undefined) return undefined
  return remote === data.connection.local.address || LOOPBACK.has(remote) ? 'local' : undefined
}

function transportProtocol(data: NetworkMatchData): string | undefined {
  return data.connection === undefined ? undefined : data.connection.tls === undefined ? 'raw_buffer' : 'tls'
}

function statusOf(data: HttpMatchData): number | undefined {
  if (data.response === undefined) data.unavailable = true
  return data.response?.status
}

function statusClass(data: HttpMatchData): string | undefined {
  const status = statusOf(data) ?? 0
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : undefined
}

function numberText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function some(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
