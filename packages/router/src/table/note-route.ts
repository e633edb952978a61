import type { StreamInfo } from '@nuncio/core'
import type { Route } from '../contracts.ts'

/** Notes the route of a stream, or that it has none, where formats and logs look for it. */
export function noteRoute(info: StreamInfo, route: Route | undefined): void {
  const host = route?.virtualHost
  info.virtualHostName = host?.name ?? ''
  info.routeName = route?.name ?? ''
  info.routeMetadata = route?.metadata
  info.virtualHostMetadata = host?.metadata
}
