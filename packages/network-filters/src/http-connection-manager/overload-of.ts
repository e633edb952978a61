import { OverloadState } from '@nuncio/core'
import type { NetworkFilterContext } from '@nuncio/listener'
import type { HttpServices } from '../http-services/http-services.ts'

/** What weighs on a manager: the overload of the server; or one that never comes, where the listener bypasses that. */
export function overloadOf({ listener, random, services }: NetworkFilterContext<HttpServices>): OverloadState {
  return listener.bypassesOverload ? new OverloadState(random) : services.overload
}
