import type { Honours } from '@nuncio/config'

export const grpcWebHonours: Honours = { 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb': '*' }
