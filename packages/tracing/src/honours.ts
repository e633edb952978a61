import type { Honours } from '@nuncio/config'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3'

/** What the tracing of connection managers and routes honours; providers list their own messages. */
export const tracingHonours: Honours = {
  [`${HCM}.HttpConnectionManager.Tracing`]: '*',
  [`${HCM}.RequestIDExtension`]: '*',
  'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig': '*',
  'envoy.config.trace.v3.Tracing': '*',
  'envoy.config.trace.v3.Tracing.Http': '*',
  'envoy.config.route.v3.Tracing': '*',
  'envoy.config.route.v3.Decorator': '*',
  'envoy.type.tracing.v3.CustomTag': '*',
  'envoy.type.tracing.v3.CustomTag.Literal': '*',
  'envoy.type.tracing.v3.CustomTag.Environment': '*',
  'envoy.type.tracing.v3.CustomTag.Header': '*',
  'envoy.type.tracing.v3.CustomTag.Metadata': '*',
  'envoy.type.metadata.v3.MetadataKey': '*',
  'envoy.type.metadata.v3.MetadataKey.PathSegment': '*',
  'envoy.type.metadata.v3.MetadataKind': '*',
  'envoy.type.v3.Percent': '*',
  'envoy.type.v3.FractionalPercent': '*',
}
