import type { Position } from '@nuncio/config'
import type { RequestHeaderTable, Runtime } from '@nuncio/core'
import { quoted } from '@nuncio/matching'
import { type AdmissionRefusal, type ExplainStep, RequestAdmission } from '@nuncio/router'
import type { Hcm } from '../view/managers.ts'
import { asReceived } from './as-received.ts'
import type { PreparedRequest } from './tool-request.ts'

/** What a connection manager makes of a request before it asks for a route. */
export interface Admission {
  readonly steps: readonly ExplainStep[]
  /** Set when the connection manager answers by itself. */
  readonly answer: AdmissionRefusal | undefined
}

/** What admission needs to know beside the request. */
export interface AdmissionScope {
  readonly config: Hcm
  readonly runtime: Runtime
  /** Lower-case names of headers that only internal clients may send. */
  readonly internalOnlyHeaders: readonly string[]
  /** Where a field of the connection manager stands. */
  readonly placeOf: (field: string) => Position | undefined
}

/** What of a request admission may change. */
interface Snapshot {
  readonly path: string
  readonly host: string
  readonly proto: string | undefined
  readonly names: ReadonlySet<string>
}

/** Does to the headers what the proxy does before routing, by the same code, and tells every change in `steps`. */
export function admit(request: PreparedRequest, scope: AdmissionScope): Admission {
  const { headers, info } = request
  const admission = new RequestAdmission(scope.config, {
    routes: scope,
    rejectFragments: scope.runtime.boolean('envoy.reloadable_features.http_reject_path_with_fragment', true),
  })
  asReceived(headers)
  const before = snapshot(headers)
  const answer = admission.admit(headers, info.connection, info)
  const steps = answer === undefined ? [] : refused(before, answer, scope)
  if (answer === undefined) {
    info.remote = admission.origin.remote
    steps.push(...changes(before, snapshot(headers), scope))
    if (admission.origin.internal) {
      const text = `the client ${info.remote.address} is internal: x-envoy-internal is true`
      steps.push({ text, position: scope.placeOf('internal_address_config') })
    }
  }
  return { steps, answer }
}

function snapshot(headers: RequestHeaderTable): Snapshot {
  const names = new Set<string>()
  headers.forEach((name) => names.add(name.toLowerCase()))
  return { path: headers.path, host: headers.authority, proto: headers.get('x-forwarded-proto'), names }
}

const PATH_FIELDS = ['normalize_path', 'merge_slashes', 'path_with_escaped_slashes_action'] as const
const HOST_FIELDS = ['strip_any_host_port', 'strip_matching_host_port', 'strip_trailing_host_dot'] as const

function refused({ path, names }: Snapshot, answer: AdmissionRefusal, scope: AdmissionScope): ExplainStep[] {
  if (answer.details === 'http1.unexpected_underscore') {
    const text = `header names with underscores are refused: ${[...names].filter((name) => name.includes('_')).join(', ')}`
    return [{ text, position: scope.placeOf('common_http_protocol_options') }]
  }
  if (answer.details !== 'path_normalization_failed') return []
  const position = placeOfFirst(scope, PATH_FIELDS)
  return answer.location === ''
    ? [{ text: `the path ${quoted(path)} is refused`, position }]
    : [{ text: `the path ${quoted(path)} has escaped slashes: redirected to ${quoted(answer.location)}`, position }]
}

function changes(before: Snapshot, after: Snapshot, scope: AdmissionScope): ExplainStep[] {
  const steps: ExplainStep[] = []
  const gone = [...before.names].filter((name) => !after.names.has(name))
  const dropsUnderscores = scope.config.common_http_protocol_options?.headers_with_underscores_action === 'DROP_HEADER'
  const underscored = (name: string): boolean => dropsUnderscores && name.includes('_')
  for (const name of gone.filter(underscored)) {
    const text = `header ${name} is dropped for its underscore`
    steps.push({ text, position: scope.placeOf('common_http_protocol_options') })
  }
  if (before.path !== after.path) {
    const text = `path ${quoted(before.path)} becomes ${quoted(after.path)}`
    steps.push({ text, position: placeOfFirst(scope, PATH_FIELDS) })
  }
  if (before.host !== after.host) {
    const text = `host ${quoted(before.host)} becomes ${quoted(after.host)}`
    steps.push({ text, position: placeOfFirst(scope, HOST_FIELDS) })
  }
  const position = scope.placeOf('use_remote_address')
  if (before.proto !== undefined && before.proto !== after.proto)
    steps.push({
      text: `x-forwarded-proto ${quoted(before.proto)} is not trusted and becomes ${after.proto ?? 'nothing'}`,
      position,
    })
  for (const name of gone.filter((each) => !underscored(each)))
    steps.push({ text: `header ${name} is removed: this client may not send it`, position })
  return steps
}

function placeOfFirst({ config, placeOf }: AdmissionScope, fields: readonly (keyof Hcm)[]): Position | undefined {
  const field = fields.find((name) => config[name] !== undefined && config[name] !== false)
  return field && placeOf(field)
}
