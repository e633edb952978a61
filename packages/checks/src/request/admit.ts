import type { Position } from '@nuncio/config'
import type { RequestHeaderTable, Runtime, SocketAddress } from '@nuncio/core'
import { cidrSet, quoted } from '@nuncio/matching'
import { compilePathNormalizer, type ExplainStep, isGrpcContentType, portStart } from '@nuncio/router'
import type { Hcm } from '../view/managers.ts'
import { internalAddresses, removeUntrusted, trustedClient } from './forwarded.ts'
import type { PreparedRequest } from './tool-request.ts'

/** What a connection manager makes of a request before it asks for a route. */
export interface Admission {
  readonly steps: readonly ExplainStep[]
  /** Set when the connection manager answers by itself. */
  readonly answer: { readonly status: number; readonly details: string; readonly location: string } | undefined
}

/** What admission needs to know beside the request. */
export interface AdmissionScope {
  readonly config: Hcm
  readonly runtime: Runtime
  readonly listenerPort: number
  /** Lower-case names of headers that only internal clients may send. */
  readonly internalOnlyHeaders: readonly string[]
  /** Where a field of the connection manager stands. */
  readonly placeOf: (field: string) => Position | undefined
}

interface Walk extends AdmissionScope {
  readonly request: PreparedRequest
  readonly steps: ExplainStep[]
}

/**
 * Does to the headers what the connection manager does before routing, in its order: underscores, path, host, forwarded
 * headers. Every change is told in `steps`.
 */
export function admit(request: PreparedRequest, scope: AdmissionScope): Admission {
  const { config, runtime, listenerPort, internalOnlyHeaders } = scope
  const walk: Walk = {
    config,
    runtime,
    listenerPort,
    internalOnlyHeaders,
    placeOf: (field) => scope.placeOf(field),
    request,
    steps: [],
  }
  const answer = refusal(walk)
  if (answer !== undefined) return { steps: walk.steps, answer }
  cleanHost(walk)
  forwarded(walk)
  return { steps: walk.steps, answer: undefined }
}

function refusal(walk: Walk): Admission['answer'] {
  const { headers } = walk.request
  if (underscores(walk)) return refuse(400, 'http1.unexpected_underscore')
  if (headers.authority === '') return refuse(400, 'missing_host_header')
  if (headers.path === '') return headers.method === 'CONNECT' ? undefined : refuse(404, 'missing_path_rejected')
  if (headers.path === '*' && headers.method === 'OPTIONS') return undefined
  if (!headers.path.startsWith('/')) return refuse(404, 'absolute_path_rejected')
  return normalizePath(walk)
}

function refuse(status: number, details: string, location = ''): NonNullable<Admission['answer']> {
  return { status, details, location }
}

function underscores({ config, request, placeOf, steps }: Walk): boolean {
  const action = config.common_http_protocol_options?.headers_with_underscores_action ?? 'ALLOW'
  if (action === 'ALLOW') return false
  const names = new Set<string>()
  request.headers.forEach((name) => name.includes('_') && names.add(name.toLowerCase()))
  if (names.size === 0) return false
  const position = placeOf('common_http_protocol_options')
  if (action === 'REJECT_REQUEST') {
    steps.push({ text: `header names with underscores are refused: ${[...names].join(', ')}`, position })
    return true
  }
  for (const name of names) {
    request.headers.remove(name)
    steps.push({ text: `header ${name} is dropped for its underscore`, position })
  }
  return false
}

const PATH_FIELDS = ['normalize_path', 'merge_slashes', 'path_with_escaped_slashes_action'] as const

function normalizePath({ config, request, placeOf, steps, runtime }: Walk): Admission['answer'] {
  const { headers } = request
  const normalizer = compilePathNormalizer(
    config,
    runtime.boolean('envoy.reloadable_features.http_reject_path_with_fragment', true),
  )
  const { action, path } = normalizer.normalize(headers.path, isGrpcContentType(headers.get('content-type')))
  const field = PATH_FIELDS.find((name) => config[name] !== undefined && config[name] !== false)
  const position = field && placeOf(field)
  if (action === 'reject') {
    steps.push({ text: `the path ${quoted(headers.path)} is refused`, position })
    return refuse(400, 'path_normalization_failed')
  }
  if (action === 'redirect') {
    steps.push({
      text: `the path ${quoted(headers.path)} has escaped slashes: redirected to ${quoted(path)}`,
      position,
    })
    return refuse(307, 'path_normalization_failed', path)
  }
  if (path !== headers.path) steps.push({ text: `path ${quoted(headers.path)} becomes ${quoted(path)}`, position })
  headers.path = path
  return undefined
}

function cleanHost({ config, request, placeOf, steps, listenerPort }: Walk): void {
  const { headers } = request
  const before = headers.authority
  const at = portStart(before)
  const hasPort = at >= 0 && /^\d+$/.test(before.slice(at + 1))
  let host = hasPort ? before.slice(0, at) : before
  let port = hasPort ? before.slice(at) : ''
  if (config.strip_trailing_host_dot === true && host.endsWith('.')) host = host.slice(0, -1)
  if (config.strip_any_host_port === true || (config.strip_matching_host_port === true && port === `:${listenerPort}`))
    port = ''
  if (host + port === before) return
  headers.authority = host + port
  const field = (['strip_any_host_port', 'strip_matching_host_port', 'strip_trailing_host_dot'] as const).find(
    (name) => config[name] === true,
  )
  steps.push({ text: `host ${quoted(before)} becomes ${quoted(headers.authority)}`, position: field && placeOf(field) })
}

function forwarded({ config, request, placeOf, steps, listenerPort, internalOnlyHeaders }: Walk): void {
  const { headers, info } = request
  const peer: SocketAddress = info.connection.remote
  const isInternal = internalAddresses(config.internal_address_config, (ranges) => {
    const set = cidrSet(...ranges)
    return (ip) => set.has(ip)
  })
  const client = trustedClient(config, headers, peer, isInternal)
  info.remote = client.remote
  const before = headers.get('x-forwarded-proto')
  const scheme = request.tls ? 'https' : 'http'
  const trusted = config.use_remote_address === true && (config.xff_num_trusted_hops ?? 0) === 0
  if (trusted || before === undefined || before === '') headers.set('x-forwarded-proto', scheme)
  if (config.use_remote_address === true && config.skip_xff_append !== true) appendXff(headers, peer.address)
  if (config.append_x_forwarded_port === true && !headers.has('x-forwarded-port'))
    headers.append('x-forwarded-port', String(listenerPort))
  const position = placeOf('use_remote_address')
  if (before !== undefined && before !== headers.get('x-forwarded-proto'))
    steps.push({ text: `x-forwarded-proto ${quoted(before)} is not trusted and becomes ${scheme}`, position })
  for (const name of removeUntrusted(headers, client, internalOnlyHeaders))
    steps.push({ text: `header ${name} is removed: this client may not send it`, position })
  if (headers.scheme === '') headers.scheme = headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http'
  if (client.internal) {
    headers.set('x-envoy-internal', 'true')
    steps.push({
      text: `the client ${client.remote.address} is internal: x-envoy-internal is true`,
      position: placeOf('internal_address_config'),
    })
  }
  if (client.edge) headers.set('x-envoy-external-address', client.remote.address)
}

function appendXff(headers: RequestHeaderTable, address: string): void {
  const list = headers.getJoined('x-forwarded-for')
  headers.set('x-forwarded-for', list === undefined || list === '' ? address : `${list},${address}`)
}
