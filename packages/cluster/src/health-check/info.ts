import type { Message } from '@nuncio/config'
import { reportAt, type Reporting } from '../decide/problems.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck'>

/** One active health check as decided: times in ms, every default filled in. */
export interface HealthCheckInfo {
  readonly config: Config
  readonly type: 'HTTP' | 'TCP' | 'GRPC' | 'CUSTOM'
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly initialJitterMs: number
  readonly intervalJitterMs: number
  readonly intervalJitterPercent: number
  readonly unhealthyThreshold: number
  readonly healthyThreshold: number
  readonly noTrafficIntervalMs: number
  readonly noTrafficHealthyIntervalMs: number
  readonly unhealthyIntervalMs: number
  readonly unhealthyEdgeIntervalMs: number
  readonly healthyEdgeIntervalMs: number
  readonly reuseConnection: boolean
  readonly logFailures: boolean
  readonly logSuccesses: boolean
}

const REQUIRED = ['timeout', 'interval', 'unhealthy_threshold', 'healthy_threshold'] as const

/** Fills in defaults. What is required and missing is reported; a second and a threshold of 1 stand in. */
export function decideHealthCheck(config: Config, to: Reporting): HealthCheckInfo {
  for (const field of REQUIRED) {
    if (config[field] !== undefined) continue
    reportAt(to, config, field, { code: 'missing-field', message: `a health check needs ${field}` })
  }
  const intervalMs = positive(config.interval, 1000)
  const noTrafficIntervalMs = positive(config.no_traffic_interval, 60_000)
  const unhealthyIntervalMs = positive(config.unhealthy_interval, intervalMs)
  return {
    config,
    type: typeOf(config, to),
    timeoutMs: positive(config.timeout, 1000),
    intervalMs,
    initialJitterMs: config.initial_jitter ?? 0,
    intervalJitterMs: config.interval_jitter ?? 0,
    intervalJitterPercent: config.interval_jitter_percent ?? 0,
    unhealthyThreshold: Math.max(1, config.unhealthy_threshold ?? 1),
    healthyThreshold: Math.max(1, config.healthy_threshold ?? 1),
    noTrafficIntervalMs,
    noTrafficHealthyIntervalMs: positive(config.no_traffic_healthy_interval, noTrafficIntervalMs),
    unhealthyIntervalMs,
    unhealthyEdgeIntervalMs: positive(config.unhealthy_edge_interval, unhealthyIntervalMs),
    healthyEdgeIntervalMs: positive(config.healthy_edge_interval, intervalMs),
    reuseConnection: config.reuse_connection ?? true,
    logFailures: config.always_log_health_check_failures ?? false,
    logSuccesses: config.always_log_health_check_success ?? false,
  }
}

function positive(value: number | undefined, fallback: number): number {
  return value !== undefined && value > 0 ? value : fallback
}

function typeOf(config: Config, to: Reporting): HealthCheckInfo['type'] {
  if (config.http_health_check !== undefined) return 'HTTP'
  if (config.tcp_health_check !== undefined) return 'TCP'
  if (config.grpc_health_check !== undefined) return 'GRPC'
  if (config.custom_health_check === undefined) {
    const message =
      'a health check needs one of http_health_check, tcp_health_check, grpc_health_check, custom_health_check'
    reportAt(to, config, '', { code: 'missing-field', message })
  }
  return 'CUSTOM'
}
