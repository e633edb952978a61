import { envoyMessage, type Message } from '@nuncio/config'
import type { FilterContext, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { ExtAuthzFilter, ExtAuthzShared } from './ext-authz-filter.ts'
import { extAuthzHonours } from './honours.ts'
import { compileLevel, type RouteLevel } from './route-settings.ts'
import { type ExtAuthzConfig, ExtAuthzSettings } from './settings.ts'

type PerRoute = Message<'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute'>

function createExtAuthz(config: ExtAuthzConfig, context: FilterContext<RouteLevel>): () => HttpFilter {
  const settings = new ExtAuthzSettings(config, configPlace(config, context), context)
  const shared = new ExtAuthzShared(settings, context)
  return () => new ExtAuthzFilter(shared)
}

/** `envoy.filters.http.ext_authz`: lets a request go on when a service, over gRPC or HTTP, says that it may. */
export const extAuthz: HttpFilterDefinition<ExtAuthzConfig, RouteLevel> = {
  name: 'envoy.filters.http.ext_authz',
  config: envoyMessage('envoy.extensions.filters.http.ext_authz.v3.ExtAuthz', extAuthzHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute', extAuthzHonours),
  stability: 'stable',
  create: createExtAuthz,
  createRoute: (config, context) => compileLevel(config as PerRoute, configPlace(config as object, context), context),
}
