import type { Honours } from '@nuncio/config'

/** What calls to services honour of the API. */
export const sideCallHonours: Honours = {
  'envoy.config.core.v3.GrpcService': {
    honoured: ['envoy_grpc', 'timeout', 'initial_metadata', 'retry_policy'],
    unsupported: { google_grpc: 'define a cluster for the service and name it in envoy_grpc' },
  },
  'envoy.config.core.v3.GrpcService.EnvoyGrpc': '*',
  'envoy.config.core.v3.RetryPolicy': {
    honoured: ['retry_on', 'num_retries', 'retry_back_off'],
    unsupported: {
      retry_priority: 'calls of the proxy itself are tried again at any host',
      retry_host_predicate: 'calls of the proxy itself are tried again at any host',
      host_selection_retry_max_attempts: 'calls of the proxy itself are tried again at any host',
    },
  },
  'envoy.config.core.v3.BackoffStrategy': '*',
  'envoy.config.core.v3.HeaderValue': '*',
  'envoy.config.core.v3.HttpUri': '*',
}
