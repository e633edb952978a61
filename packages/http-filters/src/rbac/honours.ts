import type { Honours } from '@nuncio/config'
import { requestRulesHonours } from '@nuncio/guards'

export const rbacHonours: Honours = {
  ...requestRulesHonours,
  'envoy.extensions.filters.http.rbac.v3.RBAC': '*',
  'envoy.extensions.filters.http.rbac.v3.RBACPerRoute': '*',
}
