import type { Connector, HealthProbe, Host, ProbeInFlight, ProbeResult } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { type HeaderMap, type RequestEncoder, requestHeaders, type ResponseHeaders } from '@nuncio/core'
import { GrpcReader, grpcFrame } from '../side-calls/grpc-frame.ts'
import { addHeader } from './http-probe.ts'
import { probeTarget } from './probe-target.ts'
import { type Exchange, StreamProber } from './stream-probe.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck.GrpcHealthCheck'>

/** What gRPC checks of a cluster share. */
export interface GrpcProbeParts {
  readonly clusterName: string
  readonly connector: Connector
  readonly reuse: boolean
  readonly secure: boolean
  readonly altPort: number | undefined
}

/** `SERVING` of `grpc.health.v1.HealthCheckResponse`. */
const SERVING = 1
const MAX_ANSWER = 64 * 1024

/** Calls `grpc.health.v1.Health/Check`: whatever is not SERVING is a failure. */
export class GrpcProbe implements HealthProbe {
  readonly #config: Config
  readonly #parts: GrpcProbeParts
  readonly #prober: StreamProber
  readonly #request: Buffer

  constructor(config: Config, parts: GrpcProbeParts) {
    this.#config = config
    this.#parts = parts
    this.#prober = new StreamProber(parts.connector, parts.reuse)
    const service = Buffer.from(config.service_name ?? '', 'utf8')
    this.#request = grpcFrame(
      service.length === 0 ? service : Buffer.concat([Buffer.from([0x0a]), varint(service.length), service]),
    )
  }

  check(host: Host, done: (result: ProbeResult) => void): ProbeInFlight {
    const target = probeTarget(host, this.#parts.altPort)
    const authority = host.healthCheckTarget?.hostname ?? ''
    return this.#prober.check(host, target, new GrpcExchange(this, authority), done)
  }

  release(host: Host): void {
    this.#prober.release(host)
  }

  /** @internal */
  send(encoder: RequestEncoder, hostname: string): void {
    const headers = requestHeaders([
      [':method', 'POST'],
      [':path', '/grpc.health.v1.Health/Check'],
      [':scheme', this.#parts.secure ? 'https' : 'http'],
      [':authority', this.#config.authority || hostname || this.#parts.clusterName],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'Envoy/HC'],
    ])
    for (const option of this.#config.initial_metadata ?? []) addHeader(headers, option)
    encoder.encodeHeaders(headers, false)
    encoder.encodeData(this.#request, true)
  }
}

class GrpcExchange implements Exchange {
  readonly #probe: GrpcProbe
  readonly #hostname: string
  readonly #reader = new GrpcReader(MAX_ANSWER)
  #status = -1
  #grpcStatus = -1

  constructor(probe: GrpcProbe, hostname: string) {
    this.#probe = probe
    this.#hostname = hostname
  }

  send(encoder: RequestEncoder): void {
    this.#probe.send(encoder, this.#hostname)
  }
  onHeaders(headers: ResponseHeaders): void {
    this.#status = headers.status
    this.#grpcStatus = Number(headers.get('grpc-status') ?? -1)
  }
  onData(chunk: Uint8Array): void {
    this.#reader.push(chunk)
  }
  onTrailers(trailers: HeaderMap): void {
    this.#grpcStatus = Number(trailers.get('grpc-status') ?? -1)
  }
  judge(): ProbeResult {
    const message = this.#reader.message
    const serving =
      this.#status === 200 && this.#grpcStatus === 0 && message !== undefined && servingStatus(message) === SERVING
    return serving ? { ok: true } : { ok: false, type: 'ACTIVE' }
  }
}

/** Field 1 of a message of one enum field; 0 when it is not there, -1 when the message makes no sense. */
function servingStatus(message: Uint8Array): number {
  let status = 0
  let at = 0
  while (at < message.length) {
    if (message[at] !== 0x08) return -1
    at++
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]
      if (byte === undefined || shift > 28) return -1
      value |= (byte & 127) << shift
      if (byte < 128) break
    }
    status = value
  }
  return status
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}
