import type { StreamInfo } from '@nuncio/core'
import type { Route } from '../contracts.ts'

/** Notes the route of a stream where formats and logs look for it. */
export function noteRoute(info: StreamInfo, route: Route): void {
  info.virtualHostName = route.virtualHost.name
  info.routeName = route.name
  info.routeMetadata = route.metadata
  info.virtualHostMetadata = route.virtualHost.metadata
}
