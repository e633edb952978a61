import type { Honours } from '@nuncio/config'
import { sideCallHonours } from '../side-calls/honours.ts'

/** What the two filters that ask a rate limit service have in common. */
export const limitServiceHonours: Honours = {
  ...sideCallHonours,
  'envoy.config.ratelimit.v3.RateLimitServiceConfig': '*',
}
