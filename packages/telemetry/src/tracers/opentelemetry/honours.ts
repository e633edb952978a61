import type { Honours } from '@nuncio/config'

const TRACERS = 'envoy.extensions.tracers.opentelemetry'

export const otelHonours: Honours = {
  'envoy.config.trace.v3.OpenTelemetryConfig': {
    honoured: [
      'grpc_service',
      'http_service',
      'service_name',
      'resource_detectors',
      'sampler',
      'max_cache_size',
      'set_telemetry_sdk_resource_attributes',
      'set_service_name_resource_attribute',
      'set_instrumentation_scope',
    ],
    unsupported: { exporter: 'use grpc_service or http_service' },
  },
  'envoy.config.core.v3.HttpService': '*',
  [`${TRACERS}.samplers.v3.AlwaysOnSamplerConfig`]: '*',
  [`${TRACERS}.samplers.v3.ParentBasedSamplerConfig`]: '*',
  [`${TRACERS}.samplers.v3.TraceIdRatioBasedSamplerConfig`]: '*',
  [`${TRACERS}.resource_detectors.v3.EnvironmentResourceDetectorConfig`]: '*',
  [`${TRACERS}.resource_detectors.v3.StaticConfigResourceDetectorConfig`]: '*',
}
