import type { ListenerFilterDefinition, TransportSocketDefinition } from './contracts.ts'
import * as listenerFilters from './listener-filters/registry.ts'
import * as transportSockets from './transport-sockets/registry.ts'

/** Every listener filter of this package. */
export const builtinListenerFilters = Object.values(listenerFilters) as unknown as readonly ListenerFilterDefinition[]
/** Every downstream transport socket of this package. */
export const builtinTransportSockets = Object.values(
  transportSockets,
) as unknown as readonly TransportSocketDefinition[]
