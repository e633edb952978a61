import type { Honours } from '@nuncio/config'

export const grpcStatsHonours: Honours = {
  'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig': '*',
  'envoy.config.core.v3.GrpcMethodList': '*',
  'envoy.config.core.v3.GrpcMethodList.Service': '*',
}
