import { mergeHonours, type MessageSchema } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'

/** The messages that filters are configured by, for a whole chain and for a route. */
export function messagesOf(filters: readonly HttpFilterDefinition[]): readonly MessageSchema<unknown>[] {
  return filters.flatMap(({ config, routeConfig }) => (routeConfig === undefined ? [config] : [config, routeConfig]))
}

/** As JSON, for a page that knows nuncio's own already; undefined for no filters. */
export function messagesText(filters: readonly HttpFilterDefinition[]): string | undefined {
  if (filters.length === 0) return undefined
  const own = messagesOf(filters)
  const definitions = own.map(({ type, messages, enums }) => ({ type, honours: {}, messages, enums }))
  return JSON.stringify({ honours: mergeHonours(own.map(({ honours }) => honours)), definitions })
}
