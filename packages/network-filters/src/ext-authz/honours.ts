import type { Honours } from '@nuncio/config'
import { authzServiceHonours } from '@nuncio/guards'

export const networkExtAuthzHonours: Honours = {
  ...authzServiceHonours,
  'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz': {
    honoured: [
      'stat_prefix',
      'grpc_service',
      'failure_mode_allow',
      'include_peer_certificate',
      'transport_api_version',
      'filter_enabled_metadata',
      'include_tls_session',
      'metadata_context_namespaces',
      'shadow_mode',
    ],
    noEffect: { typed_metadata_context_namespaces: 'nothing makes typed metadata of connections' },
  },
}
