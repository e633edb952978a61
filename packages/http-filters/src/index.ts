import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import * as registry from './registry.ts'

/** Every HTTP filter of this package, ready for `createServer`. */
export const httpFilters: readonly HttpFilterDefinition[] = Object.values(
  registry,
) as unknown as readonly HttpFilterDefinition[]
export * from './registry.ts'
