import type { Honours } from '@nuncio/config'
import { sideCallHonours } from '../side-calls/honours.ts'

/** What the two filters that ask an authorization service have in common. */
export const authzServiceHonours: Honours = {
  ...sideCallHonours,
  'envoy.type.v3.HttpStatus': '*',
}
