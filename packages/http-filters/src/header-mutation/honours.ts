import type { Honours } from '@nuncio/config'

export const headerMutationHonours: Honours = {
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation': '*',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute': '*',
  'envoy.extensions.filters.http.header_mutation.v3.Mutations': [
    'request_mutations',
    'response_mutations',
    'query_parameter_mutations',
    'request_trailers_mutations',
    'response_trailers_mutations',
  ],
  'envoy.config.common.mutation_rules.v3.HeaderMutation': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
  'envoy.config.core.v3.KeyValueMutation': '*',
  'envoy.config.core.v3.KeyValueAppend': ['record', 'action'],
  'envoy.config.core.v3.KeyValuePair': '*',
}
