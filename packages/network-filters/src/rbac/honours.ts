import type { Honours } from '@nuncio/config'
import { connectionRulesHonours } from '@nuncio/guards'

export const networkRbacHonours: Honours = {
  ...connectionRulesHonours,
  'envoy.extensions.filters.network.rbac.v3.RBAC': '*',
}
