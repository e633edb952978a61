import type { Message } from '@nuncio/config'
import type { ConnectionInfo, Counter, RequestHeaderTable, StreamInfo } from '@nuncio/core'
import { configPlace, type ConfigPlace } from '@nuncio/matching'
import { isGrpcContentType } from '../match/conditions.ts'
import type { FormatOptions } from '../headers/mutations.ts'
import { compilePathNormalizer, type PathNormalizer } from '../path-normalize/path-normalizer.ts'
import { cleanHost, type HostPolicy } from './clean-host.ts'
import { type ClientCertificateChoice, clientCertificateChoice } from './client-certificate.ts'
import { EarlyMutations } from './early-mutations.ts'
import { applyForwarded, isIpAddress, type ForwardedPolicy, type Origin } from './forwarded.ts'
import { internalAddresses } from './internal-address.ts'
import { compileOriginalIp } from './original-ip.ts'
import { sanitizeRequest } from './sanitize.ts'
import { underscoresIn } from './underscores.ts'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** Why a request is answered before any route is asked for. */
export interface AdmissionRefusal {
  readonly status: number
  /** Response code details. */
  readonly details: string
  readonly body: string
  /** '' unless the answer is a redirect. */
  readonly location: string
  /** The message counts as one that could not be read: nothing is known of it. */
  readonly unread: boolean
}

/** What the admission of requests knows beside the connection manager's configuration. */
export interface AdmissionOptions {
  /** Lower-case names of headers that only internal clients may send, as the routes have them at any time. */
  readonly routes?: { readonly internalOnlyHeaders: readonly string[] }
  /** Envoy's runtime guard `http_reject_path_with_fragment`; on by default. */
  readonly rejectFragments?: boolean
  /** Where what is wrong with the configuration is told; nowhere when left out. */
  readonly place?: ConfigPlace
  /** What formats of early header mutations need. */
  readonly formats?: FormatOptions
  /** Of requests and of headers, as `headers_with_underscores_action` treats them. */
  readonly underscores?: { readonly rejected: Counter; readonly dropped: Counter }
  /** How this proxy calls itself to upstreams (`add_user_agent`): its cluster and its node, '' where it has no name. */
  readonly self?: { readonly cluster: string; readonly node: string }
  /** An IP address of this machine that x-forwarded-for tells in place of a loopback peer's; '' or absent = the peer's own. */
  readonly ownAddress?: string
}

/**
 * What a connection manager does to a request before it asks for a route: header names, host and path are checked and
 * made canonical, and what a client may not say of itself is taken out. It is the same for traffic and for tools.
 */
export class RequestAdmission {
  /** What the last admitted request told of its client; valid until the next. */
  readonly origin: Origin = { remote: { address: '', port: 0 }, internal: false, edge: false }
  readonly #underscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'
  readonly #underscoreCounts: AdmissionOptions['underscores']
  readonly #host: HostPolicy
  readonly #cleansHost: boolean
  readonly #paths: PathNormalizer
  readonly #forwarded: ForwardedPolicy
  readonly #certificates: ClientCertificateChoice | undefined
  readonly #routes: NonNullable<AdmissionOptions['routes']>
  /** '' = it stays what it is. */
  readonly #scheme: string
  readonly #early: EarlyMutations | undefined
  /** Undefined: it does not name itself. */
  readonly #self: { readonly cluster: string; readonly node: string } | undefined

  constructor(config: Config, options: AdmissionOptions = {}) {
    this.#underscores = config.common_http_protocol_options?.headers_with_underscores_action ?? 'ALLOW'
    this.#underscoreCounts = options.underscores
    this.#host = {
      stripPort:
        config.strip_any_host_port === true ? 'any' : config.strip_matching_host_port === true ? 'matching' : 'none',
      stripTrailingDot: config.strip_trailing_host_dot ?? false,
    }
    this.#cleansHost = this.#host.stripPort !== 'none' || this.#host.stripTrailingDot
    this.#paths = compilePathNormalizer(config, options.rejectFragments ?? true)
    const place = options.place ?? configPlace(config, { report: () => {} })
    this.#forwarded = {
      useRemoteAddress: config.use_remote_address ?? false,
      trustedHops: config.xff_num_trusted_hops ?? 0,
      skipXffAppend: config.skip_xff_append ?? false,
      appendPort: config.append_x_forwarded_port ?? false,
      mapsIpv4: config.represent_ipv4_remote_address_as_ipv4_mapped_ipv6 ?? false,
      ownAddress: options.ownAddress ?? '',
      isInternal: internalAddresses(config.internal_address_config, place),
      originalIp: compileOriginalIp(config, place),
    }
    this.#scheme = config.scheme_header_transformation?.scheme_to_overwrite ?? ''
    this.#certificates = clientCertificateChoice(config, place)
    this.#routes = options.routes ?? { internalOnlyHeaders: [] }
    const early = config.early_header_mutation_extensions ?? []
    this.#early = early.length === 0 ? undefined : new EarlyMutations(early, place, options.formats ?? {})
    this.#self = config.add_user_agent === true ? (options.self ?? { cluster: '', node: '' }) : undefined
  }

  /**
   * Undefined: the request goes on, its headers as routes and filters see them, and `origin` tells of its client. `info` is
   * what formats read of the stream.
   */
  admit(headers: RequestHeaderTable, connection: ConnectionInfo, info?: StreamInfo): AdmissionRefusal | undefined {
    if (this.#underscores !== 'ALLOW' && this.#refusesUnderscores(headers)) return UNDERSCORE
    if (headers.authority === '') return NO_HOST
    const { path } = headers
    if (path === '') {
      if (headers.method !== 'CONNECT') return NO_PATH
    } else if (path.charCodeAt(0) === 47) {
      const refusal = this.#normalise(headers)
      if (refusal !== undefined) return refusal
    } else return NOT_RELATIVE
    if (this.#cleansHost) headers.authority = cleanHost(headers.authority, this.#host, connection.local.port)
    this.#early?.apply(headers, connection, info)
    return this.#applyOrigin(headers, connection, info)
  }

  #refusesUnderscores(headers: RequestHeaderTable): boolean {
    const drop = this.#underscores === 'DROP_HEADER'
    const found = underscoresIn(headers, drop)
    if (found === 0) return false
    if (drop) this.#underscoreCounts?.dropped.add(found)
    else this.#underscoreCounts?.rejected.inc()
    return !drop
  }

  #normalise(headers: RequestHeaderTable): AdmissionRefusal | undefined {
    const { action, path } = this.#paths.normalize(headers.path, isGrpcContentType(headers.get('content-type')))
    // Also of a request that is refused here: logs tell what became of the path until then.
    headers.path = path
    if (action === 'reject') return BAD_PATH
    return action === 'redirect' ? { ...BAD_PATH, status: 307, location: path } : undefined
  }

  #applyOrigin(
    headers: RequestHeaderTable,
    connection: ConnectionInfo,
    info: StreamInfo | undefined,
  ): AdmissionRefusal | undefined {
    const { origin } = this
    const { remote, local, tls } = connection
    const status = applyForwarded(headers, this.#forwarded, remote, tls !== undefined, local.port, origin)
    if (status !== 0) return refuse(status, 'rejecting_because_detection_failed')
    sanitizeRequest(
      headers,
      origin.internal,
      origin.edge,
      this.#routes.internalOnlyHeaders,
      this.#certificates !== undefined,
    )
    this.#certificates?.policyFor(headers, connection, info).apply(headers, tls)
    if (this.#self !== undefined) nameSelf(headers, this.#self)
    if (this.#scheme !== '') {
      headers.scheme = this.#scheme
      headers.set('x-forwarded-proto', this.#scheme)
    } else if (headers.scheme === '') headers.scheme = schemeOf(headers, tls !== undefined)
    if (origin.internal) headers.set('x-envoy-internal', 'true')
    if (origin.edge && isIpAddress(origin.remote.address))
      headers.set('x-envoy-external-address', origin.remote.address)
    return undefined
  }
}

/** Tells the upstream which proxy asks; a client that names no program of its own goes by the name of the proxy. */
function nameSelf(headers: RequestHeaderTable, { cluster, node }: { cluster: string; node: string }): void {
  headers.set('x-envoy-downstream-service-cluster', cluster)
  if ((headers.get('user-agent') ?? '') === '') headers.set('user-agent', cluster)
  if (node !== '') headers.set('x-envoy-downstream-service-node', node)
}

function refuse(status: number, details: string, body = ''): AdmissionRefusal {
  return { status, details, body, location: '', unread: false }
}
const UNDERSCORE = { ...refuse(400, 'http1.unexpected_underscore', 'Bad Request'), unread: true }
const NO_HOST = refuse(400, 'missing_host_header')
const NO_PATH = refuse(404, 'missing_path_rejected')
const NOT_RELATIVE = refuse(404, 'absolute_path_rejected')
const BAD_PATH = refuse(400, 'path_normalization_failed')

/** The scheme of a request that names none: what proxies before this one said, else the connection's. */
function schemeOf(headers: RequestHeaderTable, tls: boolean): string {
  const proto = headers.get('x-forwarded-proto')?.toLowerCase()
  if (proto === 'https' || proto === 'http') return proto
  return tls ? 'https' : 'http'
}
