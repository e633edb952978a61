import {
  connectionInfo,
  type ConnectionInfo,
  NuncioError,
  requestHeaders,
  type RequestHeaderTable,
  StreamInfo,
} from '@nuncio/core'
import { wireText } from '@nuncio/matching'

/** A request as a person writes it down. */
export interface ToolRequest {
  /** GET unless given. */
  readonly method?: string | undefined
  /** `https://host:port/path?query`; the scheme may be missing (then http), a path alone is a request without a host. */
  readonly url: string
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
  /** The stream's random number; 0 unless given. */
  readonly random?: number | bigint | undefined
  /** The client's IP address; 127.0.0.1 unless given. */
  readonly source?: string | undefined
  /** Dynamic metadata that is there before routing, by namespace. */
  readonly metadata?: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined
}

/** A request ready for routing. Headers are changed on the way; make another one for another look-up. */
export interface PreparedRequest {
  readonly headers: RequestHeaderTable
  readonly info: StreamInfo
  /** That of `info`: where it arrives is known once a listener is chosen. */
  readonly connection: { -readonly [K in keyof ConnectionInfo]: ConnectionInfo[K] }
  readonly random: number | bigint
  readonly tls: boolean
  /** The port that the URL names; undefined without one. */
  readonly port: number | undefined
}

interface UrlParts {
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly path: string
}

const SCHEMES: Readonly<Record<string, 'http' | 'https'>> = { http: 'http', ws: 'http', https: 'https', wss: 'https' }

/** Cuts a URL as clients do: no fragment, no user information, `/` for an empty path. The rest stays as it is written. */
export function parseUrl(text: string): UrlParts {
  const colon = text.indexOf('://')
  const scheme = colon < 0 ? 'http' : SCHEMES[text.slice(0, colon).toLowerCase()]
  if (scheme === undefined) throw badUrl(text, `the scheme ${text.slice(0, colon)} is none that an HTTP proxy serves`)
  if (hasControls(text)) throw badUrl(text, 'it holds a blank or a control character', 'write %20 for a blank')
  const whole = wireText(colon < 0 ? text : text.slice(colon + 3))
  const hash = whole.indexOf('#')
  const rest = hash < 0 ? whole : whole.slice(0, hash)
  const end = rest.search(/[/?]/)
  const host = end < 0 ? rest : rest.slice(0, end)
  const path = end < 0 ? '/' : rest.slice(end)
  return { scheme, authority: host.slice(host.lastIndexOf('@') + 1), path: path.startsWith('?') ? `/${path}` : path }
}

/** Blanks, control characters and DEL: no client sends them in a request target. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 32 || c === 127) return true
  }
  return false
}

function badUrl(text: string, why: string, hint?: string): NuncioError {
  return new NuncioError(
    'ERR_NUNCIO_REQUEST',
    `${JSON.stringify(text)} is no URL to ask about: ${why}`,
    hint === undefined ? {} : { hint },
  )
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Makes headers of a request: what the connection manager gets from the codec, before it looks at them. Throws
 * `ERR_NUNCIO_REQUEST` for what no client could send.
 */
export function prepareRequest(request: ToolRequest): PreparedRequest {
  const { scheme, authority, path } = parseUrl(request.url)
  const method = request.method ?? 'GET'
  if (!TOKEN.test(method)) throw new NuncioError('ERR_NUNCIO_REQUEST', `${JSON.stringify(method)} is no method`)
  const headers = requestHeaders([])
  headers.method = method
  headers.authority = authority
  headers.path = method === 'CONNECT' && path === '/' ? '' : method === 'OPTIONS' && path === '/*' ? '*' : path
  for (const [name, value] of request.headers ?? []) addHeader(headers, name, value)
  const source = request.source ?? '127.0.0.1'
  const connection = connectionFrom(source, scheme === 'https', authority)
  const info = new StreamInfo(connection, 0, 0)
  info.protocol = 'HTTP/1.1'
  for (const [namespace, fields] of request.metadata ?? []) info.setMetadata(namespace, fields)
  const port = /:(\d{1,5})$/.exec(authority)?.[1]
  return {
    headers,
    info,
    connection,
    random: request.random ?? 0,
    tls: scheme === 'https',
    port: port === undefined ? undefined : Number(port),
  }
}

/** `Host` and pseudo headers take the place of what the URL says. */
function addHeader(headers: RequestHeaderTable, name: string, value: string): void {
  const lower = name.toLowerCase()
  if (/[\r\n\0]/.test(value))
    throw new NuncioError('ERR_NUNCIO_REQUEST', `the header ${name} holds a line break or a NUL`)
  const wire = wireText(value)
  if (lower === 'host') headers.authority = wire
  else if (lower.startsWith(':')) headers.set(lower, wire)
  else if (TOKEN.test(name)) headers.append(name, wire)
  else throw new NuncioError('ERR_NUNCIO_REQUEST', `${JSON.stringify(name)} is no header name`)
}

function connectionFrom(address: string, tls: boolean, authority: string): ConnectionInfo {
  const host = authority.replace(/:\d+$/, '').toLowerCase()
  return connectionInfo({
    remote: { address, port: 0 },
    tls: tls
      ? {
          version: 'TLSv1.3',
          cipher: '',
          group: '',
          alpn: '',
          serverName: host,
          sessionId: '',
          peer: undefined,
          peerChain: [],
          peerValidated: false,
          local: undefined,
        }
      : undefined,
    serverName: tls ? host : '',
  })
}
