import type { Honours } from '@nuncio/config'
import { executeActionHonours } from '../composite/index.ts'

export const matchDelegateHonours: Honours = {
  ...executeActionHonours,
  'envoy.extensions.common.matching.v3.ExtensionWithMatcher': '*',
  'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute': '*',
  'envoy.extensions.filters.common.matcher.action.v3.SkipFilter': '*',
  'envoy.config.core.v3.TypedExtensionConfig': '*',
}
