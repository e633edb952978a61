import type { Message } from '@nuncio/config'
import {
  type ConnectionInfo,
  latin1Bytes,
  type PeerCertificate,
  type RequestHeaders,
  type SocketAddress,
  type StreamInfo,
  utf8Text,
} from '@nuncio/core'
import { isAscii } from '@nuncio/matching'

/** What an authorization service is told. */
export type Attributes = Message<'envoy.service.auth.v3.AttributeContext'>
type Peer = Message<'envoy.service.auth.v3.AttributeContext.Peer'>
type HttpRequest = Message<'envoy.service.auth.v3.AttributeContext.HttpRequest'>
type MetadataContext = NonNullable<Attributes['metadata_context']>
type Source = ReadonlyMap<string, object> | undefined

/** Tells the service whether it sees a body only in part; a client's own is never passed on. */
const PARTIAL_BODY = 'x-envoy-auth-partial-body'

/** Bytes as the text of a message: what is not UTF-8 becomes `!`. */
export function messageText(bytes: string): string {
  if (isAscii(bytes)) return bytes
  // A replacement character that was sent is one; those that decoding makes are not.
  return bytes
    .split('\u00ef\u00bf\u00bd')
    .map((part) => utf8Text(latin1Bytes(part)).replaceAll('\ufffd', '!'))
    .join('\ufffd')
}

/** Where a connection comes from. */
export function sourcePeer({ remote, tls }: ConnectionInfo, service: string, certificate: boolean): Peer {
  return {
    address: addressOf(remote),
    ...(service !== '' && { service: messageText(service) }),
    ...principal(tls?.peer),
    ...(certificate && tls?.peer !== undefined && { certificate: tls.peer.urlEncodedPem }),
  }
}

/** Where a connection goes to. */
export function destinationPeer({ local, tls }: ConnectionInfo, service = '', labels: Labels = {}): Peer {
  return {
    address: addressOf(local),
    ...(service !== '' && { service }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...principal(tls?.local),
  }
}

type Labels = Readonly<Record<string, string>>

/** The texts in one field of a node's metadata, which are told as labels of the destination; what is no text is empty. */
export function labelsOf(metadata: Readonly<Record<string, unknown>> | undefined, key: string): Labels {
  const fields = metadata !== undefined && Object.hasOwn(metadata, key) ? metadata[key] : undefined
  if (typeof fields !== 'object' || fields === null) return {}
  return Object.fromEntries(
    Object.entries(fields).map(([label, value]) => [label, typeof value === 'string' ? value : '']),
  )
}

function addressOf({ address, port }: SocketAddress): NonNullable<Peer['address']> {
  return address.startsWith('/') || address.startsWith('@')
    ? { pipe: { path: address } }
    : { socket_address: { address, port_value: port } }
}

function principal(certificate: PeerCertificate | undefined): { principal?: string } {
  const name = certificate?.uriSans[0] ?? certificate?.dnsSans[0] ?? certificate?.subject ?? ''
  return name === '' ? {} : { principal: name }
}

/** The session of a connection with TLS. */
export function tlsSession({ tls }: ConnectionInfo): Attributes['tls_session'] {
  return tls === undefined ? undefined : tls.serverName === '' ? {} : { sni: tls.serverName }
}

/** Namespaces that a service is told, and where they may be: the first that has one counts. */
export interface ToldMetadata {
  readonly namespaces: readonly string[]
  readonly sources: readonly Source[]
}

const NONE: ToldMetadata = { namespaces: [], sources: [] }

/** What is there of what is told: fields, and typed messages. */
export function metadataContext(fields: ToldMetadata, typed: ToldMetadata = NONE): MetadataContext {
  const found = { filter_metadata: foundOf(fields), typed_filter_metadata: foundOf(typed) }
  return Object.fromEntries(Object.entries(found).filter(([, one]) => one !== undefined)) as MetadataContext
}

function foundOf({ namespaces, sources }: ToldMetadata): Readonly<Record<string, object>> | undefined {
  let found: Record<string, object> | undefined
  for (const namespace of namespaces) {
    const one = sources.find((source) => source?.has(namespace))?.get(namespace)
    if (one !== undefined) (found ??= {})[namespace] = one
  }
  return found
}

/** What of a request is told. */
export interface RequestView {
  readonly headers: RequestHeaders
  readonly info: StreamInfo
  readonly id: string
  readonly body: Uint8Array | undefined
  /** Whether `body` is only the beginning. */
  readonly partial: boolean
  /** Whether it is told as bytes, and not as text. */
  readonly bodyAsBytes: boolean
}

/** How a request is told. */
export interface RequestTelling {
  /** Whether a header (lower-case name) is told; undefined: all are. */
  readonly allows: ((name: string) => boolean) | undefined
  /** As `header_map` with raw values, one entry for each line. */
  readonly rawHeaders: boolean
}

/** Calls `visit` for each header that the service is told, pseudo headers first. */
function forEachTold(
  { headers, body, partial }: RequestView,
  allows: RequestTelling['allows'],
  visit: (name: string, value: string) => void,
): void {
  const tell = (name: string, value: string): void => {
    if (name !== PARTIAL_BODY && (allows === undefined || allows(name))) visit(name, value)
  }
  for (const name of [':authority', ':path', ':method', ':scheme']) {
    const value = headers.get(name) ?? ''
    if (value !== '') tell(name, value)
  }
  headers.forEach((name, value) => {
    const lower = name.toLowerCase()
    if (lower !== 'host') tell(lower, value)
  })
  if (body !== undefined) visit(PARTIAL_BODY, partial ? 'true' : 'false')
}

/** The headers that the service is told, pseudo headers first, those that were repeated in one line. */
export function toldOnce(view: RequestView, allows: RequestTelling['allows']): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  forEachTold(view, allows, (name, value) => {
    const before = values.get(name)
    values.set(name, before === undefined ? value : `${before},${value}`)
  })
  return values
}

/** The request as the protocol tells it. */
export function httpRequest(view: RequestView, telling: RequestTelling): HttpRequest {
  const { headers, info, body } = view
  return {
    id: view.id,
    method: headers.method,
    path: messageText(headers.path),
    host: messageText(headers.authority),
    scheme: headers.scheme,
    size: info.bytesReceived,
    ...(info.protocol !== '' && { protocol: info.protocol }),
    ...(telling.rawHeaders
      ? { header_map: { headers: rawHeaders(view, telling) } }
      : { headers: textHeaders(view, telling) }),
    ...(body !== undefined && body.length > 0 && (view.bodyAsBytes ? { raw_body: body } : { body: bodyText(body) })),
  }
}

function bodyText(body: Uint8Array): string {
  let text = ''
  for (let at = 0; at < body.length; at += 4096) text += String.fromCharCode(...body.subarray(at, at + 4096))
  return messageText(text)
}

function textHeaders(view: RequestView, { allows }: RequestTelling): Record<string, string> {
  return Object.fromEntries([...toldOnce(view, allows)].map(([name, value]) => [name, messageText(value)]))
}

function rawHeaders(view: RequestView, { allows }: RequestTelling): Message<'envoy.config.core.v3.HeaderValue'>[] {
  const lines: Message<'envoy.config.core.v3.HeaderValue'>[] = []
  forEachTold(view, allows, (key, value) => lines.push({ key, raw_value: latin1Bytes(value) }))
  return lines
}
