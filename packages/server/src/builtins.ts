import { httpFilters as http } from '@nuncio/http-filters'
import {
  type ListenerFilterDefinition,
  listenerFilters as listener,
  type TransportSocketDefinition,
  transportSockets as sockets,
} from '@nuncio/listener'
import { networkFilters as network } from '@nuncio/network-filters'

/** Everything that a server has without being given more: the only place that knows every registry. */
export const builtinHttpFilters = http
export const networkFilters = network
export const listenerFilters = Object.values(listener) as unknown as readonly ListenerFilterDefinition[]
export const transportSockets = Object.values(sockets) as unknown as readonly TransportSocketDefinition[]
