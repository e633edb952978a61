import type { Honours } from '@nuncio/config'

/** What calls to services honour of the API. */
export const sideCallHonours: Honours = {
  'envoy.config.core.v3.GrpcService': {
    honoured: ['envoy_grpc', 'timeout', 'initial_metadata', 'retry_policy'],
    unsupported: { google_grpc: 'define a cluster for the service and name it in envoy_grpc' },
  },
  'envoy.config.core.v3.GrpcService.EnvoyGrpc': '*',
  'envoy.config.core.v3.RetryPolicy': ['retry_on', 'num_retries', 'retry_back_off'],
  'envoy.config.core.v3.BackoffStrategy': '*',
  'envoy.config.core.v3.HeaderValue': '*',
  'envoy.config.core.v3.HttpUri': '*',
}
