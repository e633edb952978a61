import type { Honours } from '@nuncio/config'
import { connectionRulesHonours } from '@nuncio/guards'

export const networkRbacHonours: Honours = {
  ...connectionRulesHonours,
  'envoy.extensions.filters.network.rbac.v3.RBAC': [
    'rules',
    'matcher',
    'shadow_rules',
    'shadow_matcher',
    'shadow_rules_stat_prefix',
    'stat_prefix',
    'delay_deny',
  ],
}
