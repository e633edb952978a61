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
    unsupported: {
      send_tls_alert_on_denial: 'Node.js sends no alerts for others',
      bootstrap_metadata_labels_key: 'services are not told of the node for connections',
    },
  },
}
