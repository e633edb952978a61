import { formatHonours } from '@nuncio/access-log'
import type { Honours } from '@nuncio/config'

export const headerMutationHonours: Honours = {
  ...formatHonours,
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation': '*',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute': '*',
  'envoy.extensions.filters.http.header_mutation.v3.Mutations': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation': '*',
  'envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch': '*',
  'envoy.config.core.v3.HeaderValueOption': '*',
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
  'envoy.config.core.v3.KeyValueMutation': '*',
  'envoy.config.core.v3.KeyValueAppend': {
    honoured: ['record', 'action'],
    unsupported: { entry: 'the older spelling: use record' },
  },
  'envoy.config.core.v3.KeyValuePair': '*',
}
