import type { Honours } from '@nuncio/config'

export const healthCheckHonours: Honours = {
  'envoy.extensions.filters.http.health_check.v3.HealthCheck': [
    'pass_through_mode',
    'cluster_min_healthy_percentages',
    'headers',
  ],
  'envoy.type.v3.Percent': '*',
}
