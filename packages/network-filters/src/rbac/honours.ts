import type { Honours } from '@nuncio/config'

export const networkRbacHonours: Honours = {
  'envoy.extensions.filters.network.rbac.v3.RBAC': [
    'rules',
    'shadow_rules',
    'shadow_rules_stat_prefix',
    'stat_prefix',
    'delay_deny',
  ],
  'envoy.config.rbac.v3.RBAC': ['action', 'policies'],
  'envoy.config.rbac.v3.Policy': ['permissions', 'principals'],
  'envoy.config.rbac.v3.Permission': [
    'and_rules',
    'or_rules',
    'any',
    'destination_ip',
    'destination_port',
    'destination_port_range',
    'not_rule',
    'requested_server_name',
  ],
  'envoy.config.rbac.v3.Permission.Set': '*',
  'envoy.config.rbac.v3.Principal': [
    'and_ids',
    'or_ids',
    'any',
    'authenticated',
    'source_ip',
    'direct_remote_ip',
    'remote_ip',
    'not_id',
  ],
  'envoy.config.rbac.v3.Principal.Set': '*',
  'envoy.config.rbac.v3.Principal.Authenticated': '*',
  'envoy.config.core.v3.CidrRange': '*',
  'envoy.type.v3.Int32Range': '*',
}
