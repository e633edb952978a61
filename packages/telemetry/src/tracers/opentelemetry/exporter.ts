import type { Message } from '@nuncio/config'
import { GrpcServiceClient } from '@nuncio/guards'
import type { ConfigPlace } from '@nuncio/matching'
import type { TracingProviderContext } from '../../tracing/contracts.ts'
import { HttpServiceClient, noStream } from '../../tracing/http-service.ts'

type Config = Message<'envoy.config.trace.v3.OpenTelemetryConfig'>

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

/** Sends one export; answers whether the collector took it. Never rejects. */
export type Exporter = (body: Uint8Array) => Promise<boolean>

/** The way to the collector: OTLP over HTTP or gRPC. Reports at `place`, that of the configuration, what is wrong. */
export function exporterOf(config: Config, place: ConfigPlace, context: TracingProviderContext): Exporter | undefined {
  const { grpc_service: grpc, http_service: http } = config
  if ((grpc === undefined) === (http === undefined)) {
    place.error('missing-field', 'OpenTelemetry needs exactly one of http_service and grpc_service')
    return undefined
  }
  const agent = ['user-agent', `OTel-OTLP-Exporter-nuncio/${context.proxy.version}`] as const
  if (http !== undefined) {
    const headers = [['content-type', 'application/x-protobuf'], agent] as const
    const service = new HttpServiceClient(http, place.at('http_service', http), headers, context)
    return (body) => service.post(body).then(({ status }) => status >= 200 && status < 300, failed)
  }
  return grpcExporter(grpc!, place.at('grpc_service', grpc), context)
}

function grpcExporter(
  config: NonNullable<Config['grpc_service']>,
  place: ConfigPlace,
  context: TracingProviderContext,
): Exporter {
  const format = {
    report: place.scope.report,
    sources: place.scope.sources,
    formatEnvironment: context.environment,
  }
  const service = new GrpcServiceClient(config, place, { ...context, format }, config.timeout ?? 0)
  const formats = noStream()
  return (body) => service.call(EXPORT, body, formats, {}).then(({ grpcStatus }) => grpcStatus === 0, failed)
}

function failed(): false {
  return false
}
