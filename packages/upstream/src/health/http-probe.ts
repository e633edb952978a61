import type { Connector, HealthProbe, Host, ProbeInFlight, ProbeResult } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import {
  type Counter,
  type RequestEncoder,
  type RequestHeaderTable,
  requestHeaders,
  type ResponseHeaders,
  type Runtime,
} from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, type StringMatcher } from '@nuncio/matching'
import { blocksMatch, payloadBytes } from './payload.ts'
import { probeTarget } from './probe-target.ts'
import { type Exchange, StreamProber } from './stream-probe.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck.HttpHealthCheck'>
type HeaderOption = Message<'envoy.config.core.v3.HeaderValueOption'>
type Ranges = readonly Message<'envoy.type.v3.Int64Range'>[]

/** What HTTP checks of a cluster share. */
export interface HttpProbeParts {
  readonly clusterName: string
  readonly connector: Connector
  readonly reuse: boolean
  readonly secure: boolean
  readonly altPort: number | undefined
  readonly runtime: Runtime
  /** `health_check.verify_cluster` */
  readonly verifyCluster: Counter
  readonly place: ConfigPlace
}

const OK: Ranges = [{ start: 200, end: 201 }]
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'TRACE'])

/** Asks for a path and judges the answer by its status, its body and the name that the host goes by. */
export class HttpProbe implements HealthProbe {
  readonly #config: Config
  readonly #parts: HttpProbeParts
  readonly #prober: StreamProber
  readonly #body: Buffer
  readonly #blocks: readonly Buffer[]
  readonly #service: StringMatcher | undefined

  constructor(config: Config, parts: HttpProbeParts) {
    this.#config = config
    this.#parts = parts
    this.#prober = new StreamProber(parts.connector, parts.reuse)
    const { place } = parts
    this.#body = config.send === undefined ? Buffer.alloc(0) : payloadBytes(config.send, place.at('send', config.send))
    this.#blocks = (config.receive ?? []).map((block, i) => payloadBytes(block, place.item('receive', i, block)))
    const service = config.service_name_matcher
    this.#service = service && compileStringMatcher(service, place.at('service_name_matcher', service))
    checkStatuses(config.expected_statuses, place, 'expected_statuses')
    checkStatuses(config.retriable_statuses, place, 'retriable_statuses')
    if ((config.path ?? '') === '') place.at('path').error('missing-field', 'an HTTP health check needs a path')
    if (this.#body.length > 0 && BODILESS.has(config.method ?? 'GET')) {
      place.at('send').error('bad-value', `a ${config.method ?? 'GET'} request has no body to send`)
    }
  }

  check(host: Host, done: (result: ProbeResult) => void): ProbeInFlight {
    const target = probeTarget(host, this.#parts.altPort)
    const authority = host.healthCheckTarget?.hostname ?? ''
    return this.#prober.check(host, target, new HttpExchange(this, authority), done)
  }

  release(host: Host): void {
    this.#prober.release(host)
  }

  /** @internal */
  send(encoder: RequestEncoder, hostname: string): void {
    const { method = 'GET', path = '/', host = '' } = this.#config
    const headers = requestHeaders([
      [':method', method === 'METHOD_UNSPECIFIED' ? 'GET' : method],
      [':path', path],
      [':scheme', this.#parts.secure ? 'https' : 'http'],
      [':authority', hostname || host || this.#parts.clusterName],
      ['user-agent', 'Envoy/HC'],
    ])
    if (this.#body.length > 0) headers.append('content-length', String(this.#body.length))
    for (const option of this.#config.request_headers_to_add ?? []) addHeader(headers, option)
    for (const name of this.#config.request_headers_to_remove ?? []) headers.remove(name.toLowerCase())
    encoder.encodeHeaders(headers, this.#body.length === 0)
    if (this.#body.length > 0) encoder.encodeData(this.#body, true)
  }

  /** @internal Bytes of the answer that are looked at. */
  get bodyLimit(): number {
    if (this.#blocks.length === 0) return 0
    const size = this.#config.response_buffer_size ?? 1024
    return size === 0 ? Number.POSITIVE_INFINITY : size
  }

  /** @internal */
  judge(headers: ResponseHeaders, body: Buffer): ProbeResult {
    const { expected_statuses: expected, retriable_statuses: retriable } = this.#config
    if (!inRanges(headers.status, expected === undefined || expected.length === 0 ? OK : expected)) {
      return {
        ok: false,
        type: 'ACTIVE',
        retriable: inRanges(headers.status, retriable ?? []),
        excluded: headers.has('x-envoy-immediate-health-check-fail'),
      }
    }
    if (!blocksMatch(this.#blocks, body)) return { ok: false, type: 'ACTIVE' }
    if (this.#service !== undefined && this.#verifies() && !this.#isService(headers))
      return { ok: false, type: 'ACTIVE' }
    return { ok: true, degraded: headers.has('x-envoy-degraded') }
  }

  #verifies(): boolean {
    const { numerator, denominator } = this.#parts.runtime.fraction('health_check.verify_cluster', {
      numerator: 100,
      denominator: 100,
    })
    return numerator >= denominator
  }

  #isService(headers: ResponseHeaders): boolean {
    this.#parts.verifyCluster.inc()
    return this.#service!.matches(headers.get('x-envoy-upstream-healthchecked-cluster') ?? '')
  }
}

class HttpExchange implements Exchange {
  readonly #probe: HttpProbe
  readonly #hostname: string
  readonly #body: Buffer[] = []
  #size = 0
  #headers: ResponseHeaders | undefined = undefined

  constructor(probe: HttpProbe, hostname: string) {
    this.#probe = probe
    this.#hostname = hostname
  }

  send(encoder: RequestEncoder): void {
    this.#probe.send(encoder, this.#hostname)
  }
  onHeaders(headers: ResponseHeaders): void {
    this.#headers = headers
  }
  onData(chunk: Uint8Array): void {
    const room = this.#probe.bodyLimit - this.#size
    if (room <= 0) return
    const piece = Buffer.from(chunk.subarray(0, room))
    this.#size += piece.length
    this.#body.push(piece)
  }
  onTrailers(): void {}
  judge(): ProbeResult {
    return this.#probe.judge(this.#headers!, Buffer.concat(this.#body))
  }
}

function inRanges(status: number, ranges: Ranges): boolean {
  return ranges.some(({ start = 0, end = 0 }) => status >= start && status < end)
}

/** Adds a header as a `HeaderValueOption` says. */
export function addHeader(headers: RequestHeaderTable, option: HeaderOption): void {
  const name = (option.header?.key ?? '').toLowerCase()
  const value = option.header?.value ?? ''
  if (name === '' || (value === '' && option.keep_empty_value !== true)) return
  const action =
    option.append === false ? 'OVERWRITE_IF_EXISTS_OR_ADD' : (option.append_action ?? 'APPEND_IF_EXISTS_OR_ADD')
  if (action === 'APPEND_IF_EXISTS_OR_ADD') headers.append(name, value)
  else if (action === 'ADD_IF_ABSENT') {
    if (!headers.has(name)) headers.append(name, value)
  } else if (action === 'OVERWRITE_IF_EXISTS_OR_ADD' || headers.has(name)) headers.set(name, value)
}

/** A range of statuses holds its start and not its end, and lies within 100 to 600. */
function checkStatuses(ranges: Config['expected_statuses'], place: ConfigPlace, field: string): void {
  ranges?.forEach((range, i) => {
    const { start = 0, end = 0 } = range
    if (start >= 100 && start < end && end <= 600) return
    place
      .item(field, i, range)
      .error('bad-value', `${start} to ${end} is no range of statuses`, 'start < end, within 100 and 600')
  })
}
