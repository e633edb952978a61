import type { Honours } from '@nuncio/config'

export const healthCheckHonours: Honours = {
  'envoy.extensions.filters.http.health_check.v3.HealthCheck': '*',
  'envoy.type.v3.Percent': '*',
}
