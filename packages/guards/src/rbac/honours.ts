import { celHonours, celMatcherHonours } from '@nuncio/cel'
import type { Honours } from '@nuncio/config'

const EVERYWHERE: Honours = {
  ...celHonours,
  'envoy.config.rbac.v3.RBAC': {
    honoured: ['action', 'policies'],
    unsupported: {
      audit_logging_options: 'Envoy has no audit loggers either: an access log can print what a policy decided',
    },
  },
  'envoy.config.rbac.v3.Policy': {
    honoured: ['permissions', 'principals', 'condition', 'checked_condition'],
    unsupported: { cel_config: 'conditions have the functions that Envoy has without it' },
  },
  'envoy.config.rbac.v3.Permission.Set': '*',
  'envoy.config.rbac.v3.Principal.Set': '*',
  'envoy.config.rbac.v3.Principal.Authenticated': '*',
  'envoy.config.rbac.v3.SourcedMetadata': '*',
  'envoy.config.rbac.v3.Action': '*',
  'envoy.extensions.rbac.principals.mtls_authenticated.v3.Config': '*',
  'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher': '*',
  'envoy.type.v3.Int64Range': '*',
  'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher': ['san_type', 'matcher'],
  'envoy.config.core.v3.CidrRange': '*',
  'envoy.type.v3.Int32Range': '*',
}

const COMMON_PERMISSIONS = [
  'and_rules', 'or_rules', 'any', 'destination_ip', 'destination_port', 'destination_port_range', 'metadata', 'not_rule',
  'requested_server_name', 'sourced_metadata', 'matcher',
] as const // prettier-ignore
const COMMON_PRINCIPALS = [
  'and_ids', 'or_ids', 'any', 'authenticated', 'source_ip', 'direct_remote_ip', 'remote_ip', 'metadata', 'filter_state',
  'not_id', 'sourced_metadata', 'custom',
] as const // prettier-ignore

/** What rules about requests honour. */
export const requestRulesHonours: Honours = {
  ...EVERYWHERE,
  ...celMatcherHonours,
  'envoy.config.rbac.v3.Permission': [...COMMON_PERMISSIONS, 'header', 'url_path', 'uri_template'],
  'envoy.config.rbac.v3.Principal': [...COMMON_PRINCIPALS, 'header', 'url_path'],
}

/** What rules about connections honour. */
export const connectionRulesHonours: Honours = {
  ...EVERYWHERE,
  'envoy.config.rbac.v3.Permission': COMMON_PERMISSIONS,
  'envoy.config.rbac.v3.Principal': COMMON_PRINCIPALS,
}
