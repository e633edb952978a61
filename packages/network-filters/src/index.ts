import type { NetworkFilterDefinition } from '@nuncio/listener'
import type { HttpServices } from './http-services/http-services.ts'
import * as registry from './registry.ts'

/** Every network filter of this package, ready for `createServer`. */
export const networkFilters: readonly NetworkFilterDefinition<unknown, HttpServices>[] = Object.values(registry)
export { HcmStats } from './http-connection-manager/hcm-stats.ts'
export { hcmHonours } from './http-connection-manager/honours.ts'
export { findingReporter, logMatchers } from './log-matchers/log-matchers.ts'
export { inlineRoutes } from './http-services/inline-routes.ts'
export { accessLogs } from './http-services/access-logs.ts'
export type { AccessLog } from '@nuncio/access-log'
export type {
  HttpServices,
  LiveTracer,
  LoadOptions,
  RouteConfig,
  RouteSource,
  RouteSourceOptions,
} from './http-services/http-services.ts'
export { RouteSubscriptions } from './http-services/rds/route-subscriptions.ts'
export * from './registry.ts'
