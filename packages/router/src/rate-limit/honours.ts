import { celHonours } from '@nuncio/cel'
import type { Honours } from '@nuncio/config'

const LIMIT = 'envoy.config.route.v3.RateLimit'

/** What is honoured of RateLimit messages, wherever they stand. */
export const rateLimitHonours: Honours = {
  ...celHonours,
  'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor': '*',
  [LIMIT]: '*',
  [`${LIMIT}.Action`]: { honoured: [
    'source_cluster', 'destination_cluster', 'request_headers', 'remote_address', 'generic_key', 'header_value_match',
    'dynamic_metadata', 'metadata', 'extension', 'masked_remote_address', 'query_parameter_value_match',
    'query_parameters',
  ], unsupported: { remote_address_match: 'use remote_address or masked_remote_address' } }, // prettier-ignore
  [`${LIMIT}.Action.SourceCluster`]: '*',
  [`${LIMIT}.Action.DestinationCluster`]: '*',
  [`${LIMIT}.Action.RequestHeaders`]: '*',
  [`${LIMIT}.Action.RemoteAddress`]: '*',
  [`${LIMIT}.Action.GenericKey`]: '*',
  [`${LIMIT}.Action.HeaderValueMatch`]: '*',
  [`${LIMIT}.Action.DynamicMetaData`]: '*',
  [`${LIMIT}.Action.MetaData`]: '*',
  [`${LIMIT}.Action.MaskedRemoteAddress`]: '*',
  [`${LIMIT}.Action.QueryParameterValueMatch`]: '*',
  [`${LIMIT}.Action.QueryParameters`]: '*',
  [`${LIMIT}.Override`]: '*',
  [`${LIMIT}.Override.DynamicMetadata`]: '*',
  [`${LIMIT}.HitsAddend`]: '*',
  'envoy.type.metadata.v3.MetadataKey': '*',
  'envoy.type.metadata.v3.MetadataKey.PathSegment': '*',
}
