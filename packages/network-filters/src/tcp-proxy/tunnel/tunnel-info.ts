import { compileFormatters, type FormatContext, type Formatter } from '@nuncio/access-log'
import { isMessage, type Message } from '@nuncio/config'
import { requestHeaders, type RequestHeaders } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { compileHeaderMutations, formatOf, type HeaderMutations, type RouteTableOptions } from '@nuncio/router'

type TunnelingConfig = Message<'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig'>

/** How a tunnel is asked for; decided from `tunneling_config`. */
export interface TunnelInfo {
  readonly hostname: Formatter
  /** `POST` to this path in place of `CONNECT`; '' = CONNECT. */
  readonly postPath: string
  readonly headers: HeaderMutations | undefined
  readonly propagatesHeaders: boolean
  readonly propagatesTrailers: boolean
  /** The header that carries an id of the tunnel; '' = none. */
  readonly requestIdHeader: string
  /** Where dynamic metadata keeps the id. */
  readonly requestIdKey: string
}

const UUID = 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'

/** Decides it; undefined, and a problem, when the configuration cannot be used. */
export function decideTunnel(
  config: TunnelingConfig,
  place: ConfigPlace,
  given: RouteTableOptions,
): TunnelInfo | undefined {
  const formatExtensions = compileFormatters(config.formatters, ({ code, path: at, message, hint, node }) =>
    place.at(at, node).error(code, message, hint),
  )
  const options = { ...given, formatExtensions }
  const usePost = config.use_post === true
  const path = config.post_path ?? ''
  if (path !== '' && !usePost) place.at('post_path').error('conflict', 'post_path needs use_post', 'Set use_post.')
  if (path !== '' && !path.startsWith('/'))
    place.at('post_path').error('malformed-path', 'the path begins with no slash')
  const id = config.request_id_extension?.typed_config
  if (id !== undefined && !isMessage(id, UUID))
    place.at('request_id_extension').error('unsupported', 'ids of tunnels are UUIDs only', `Use ${UUID}.`)
  const hostname = formatOf(config.hostname ?? '', place.at('hostname'), options)
  if (hostname === undefined) return undefined
  return {
    hostname,
    postPath: usePost ? path || '/' : '',
    headers: compileHeaderMutations('', undefined, config.headers_to_add, place, options),
    propagatesHeaders: config.propagate_response_headers ?? false,
    propagatesTrailers: config.propagate_response_trailers ?? false,
    requestIdHeader: id === undefined ? '' : (config.request_id_header || 'x-request-id').toLowerCase(),
    requestIdKey: config.request_id_metadata_key || 'tunnel_request_id',
  }
}

/** The head of the request that opens a tunnel. `secure`: it goes over TLS. */
export function tunnelRequest(info: TunnelInfo, context: FormatContext, id: string, secure: boolean): RequestHeaders {
  const post = info.postPath !== ''
  const headers = requestHeaders([
    [':method', post ? 'POST' : 'CONNECT'],
    [':authority', info.hostname.format(context)],
    ...(post ? ([[':path', info.postPath], [':scheme', secure ? 'https' : 'http']] as const) : []),
  ]) // prettier-ignore
  if (id !== '') headers.set(info.requestIdHeader, id)
  info.headers?.apply(headers, context)
  return headers
}
