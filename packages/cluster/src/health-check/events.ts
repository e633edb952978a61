import type { EnumName, Message } from '@nuncio/config'
import type { Host } from '../contracts/host.ts'
import type { FailureType } from './probe.ts'

/** A health check event as Envoy's event log writes it: one JSON line each. */
export type HealthCheckEvent = Message<'envoy.data.core.v3.HealthCheckEvent'>

export interface HealthCheckEventContext {
  readonly type: 'HTTP' | 'TCP' | 'GRPC' | 'CUSTOM'
  readonly clusterName: string
  readonly wallMs: number
}

/** What happened to a host; becomes one field of the event. */
export type HealthCheckStory =
  | { readonly what: 'eject_unhealthy_event'; readonly failure: FailureType }
  | { readonly what: 'health_check_failure_event'; readonly failure: FailureType; readonly first: boolean }
  | { readonly what: 'add_healthy_event'; readonly first: boolean }
  | { readonly what: 'successful_health_check_event' | 'degraded_healthy_host' | 'no_longer_degraded_host' }

export function healthCheckEvent(
  host: Host,
  story: HealthCheckStory,
  context: HealthCheckEventContext,
): HealthCheckEvent {
  const { region, zone, subZone } = host.locality
  const checker: EnumName<'envoy.data.core.v3.HealthCheckerType'> | undefined =
    context.type === 'CUSTOM' ? undefined : context.type
  return {
    ...(checker !== undefined && { health_checker_type: checker }),
    host:
      host.port === 0
        ? { pipe: { path: host.ip } }
        : { socket_address: { protocol: 'TCP', address: host.ip, port_value: host.port } },
    cluster_name: context.clusterName,
    [story.what]: detail(story),
    timestamp: context.wallMs,
    metadata: { filter_metadata: host.metadata as never },
    locality: { region, zone, sub_zone: subZone },
  }
}

function detail(story: HealthCheckStory): object {
  if (story.what === 'eject_unhealthy_event') return { failure_type: story.failure }
  if (story.what === 'health_check_failure_event') return { failure_type: story.failure, first_check: story.first }
  return story.what === 'add_healthy_event' ? { first_check: story.first } : {}
}
