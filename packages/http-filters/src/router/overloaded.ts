import { Flag } from '@nuncio/core'
import { type LocalReply, localReply } from '@nuncio/filter-chain'
import type { RouterSettings } from './settings.ts'

const OVERLOADED = localReply(503, 'overload', { body: 'envoy overloaded', flags: Flag.OM })

/** The answer to a request that a load shed point turned away. */
export function overloaded(settings: RouterSettings): LocalReply {
  settings.stats.overloadLocalReply.inc()
  return OVERLOADED
}
