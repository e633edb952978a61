import { envoyMessage } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { GrpcMethods } from '../grpc/methods.ts'
import { GrpcWebFilter } from './grpc-web-filter.ts'
import { grpcWebHonours } from './honours.ts'

/** `envoy.filters.http.grpc_web`: lets browsers call gRPC services, with trailers at the end of the body. */
export const grpcWeb: HttpFilterDefinition<object> = {
  name: 'envoy.filters.http.grpc_web',
  config: envoyMessage('envoy.extensions.filters.http.grpc_web.v3.GrpcWeb', grpcWebHonours),
  stability: 'stable',
  create(_, { stats }) {
    const methods = new GrpcMethods(stats.store, 'grpc-web')
    return () => new GrpcWebFilter(methods)
  },
}
