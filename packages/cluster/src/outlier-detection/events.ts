import type { EnumName, Message } from '@nuncio/config'

/** Why a host was ejected; `EXTENSION` and `DEGRADED` are newer than the packaged protos. */
export type EjectionType = EnumName<'envoy.data.cluster.v3.OutlierEjectionType'> | 'EXTENSION' | 'DEGRADED'

/** An event as Envoy's outlier event log writes it: one JSON line each. */
export type OutlierEvent = Omit<Message<'envoy.data.cluster.v3.OutlierDetectionEvent'>, 'type'> & {
  readonly type?: EjectionType
  readonly eject_extension_event?: { readonly monitor_name: string }
}
