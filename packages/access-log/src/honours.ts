import { type Honours, READ_ONCE } from '@nuncio/config'

/** Formats, as they stand in access loggers, header values and bodies. */
export const formatHonours: Honours = {
  'envoy.config.core.v3.SubstitutionFormatString': '*',
  'envoy.config.core.v3.JsonFormatOptions': {
    honoured: [],
    noEffect: { sort_properties: 'properties are always sorted' },
  },
  'envoy.config.core.v3.SubstitutionFormatString#text_format_source': READ_ONCE,
  'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery': '*',
  'envoy.extensions.formatter.metadata.v3.Metadata': '*',
  'envoy.extensions.formatter.cel.v3.Cel': '*',
}

/** `AccessLog` and its filters. */
export const accessLogHonours: Honours = {
  'envoy.config.accesslog.v3.AccessLog': '*',
  'envoy.config.accesslog.v3.AccessLogFilter': {
    honoured: [
      'status_code_filter',
      'duration_filter',
      'not_health_check_filter',
      'traceable_filter',
      'runtime_filter',
      'and_filter',
      'or_filter',
      'header_filter',
      'response_flag_filter',
      'grpc_status_filter',
      'metadata_filter',
      'log_type_filter',
      'extension_filter',
    ],
  },
  'envoy.config.accesslog.v3.ExtensionFilter': '*',
  'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter': '*',
  'envoy.config.accesslog.v3.StatusCodeFilter': '*',
  'envoy.config.accesslog.v3.DurationFilter': '*',
  'envoy.config.accesslog.v3.ComparisonFilter': '*',
  'envoy.config.accesslog.v3.NotHealthCheckFilter': '*',
  'envoy.config.accesslog.v3.TraceableFilter': '*',
  'envoy.config.accesslog.v3.RuntimeFilter': '*',
  'envoy.config.accesslog.v3.AndFilter': '*',
  'envoy.config.accesslog.v3.OrFilter': '*',
  'envoy.config.accesslog.v3.HeaderFilter': '*',
  'envoy.config.accesslog.v3.ResponseFlagFilter': '*',
  'envoy.config.accesslog.v3.GrpcStatusFilter': '*',
  'envoy.config.accesslog.v3.MetadataFilter': '*',
  'envoy.config.accesslog.v3.LogTypeFilter': '*',
  'envoy.config.core.v3.RuntimeUInt32': '*',
  'envoy.type.v3.FractionalPercent': '*',
  // The path; the value below it is the matchers' business. Envoy ignores `invert` here.
  'envoy.type.matcher.v3.MetadataMatcher': ['filter', 'path', 'value'],
  'envoy.type.matcher.v3.MetadataMatcher.PathSegment': '*',
}
